const key = document.querySelector('meta[name="gatehouse-key"]').content
const answer = document.getElementById('answer')
const post = (path, body, headers) =>
  fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) })

document.getElementById('call').addEventListener('click', async () => {
  const reply = await post('/api/call', { word: document.getElementById('word').value }, { 'X-Gatehouse-Key': key })
  answer.textContent = (await reply.json()).answer
})

// Each of these must fail: the answer lists the ones that did not.
const forbidden = {
  'an inline script': async () => window.inline === true,
  'an evaluated script': async () => new Function('return true')(),
  'a call without the key': async () => (await post('/api/call', {})).ok,
  'a call elsewhere': async () => !!(await fetch('http://127.0.0.1:1/', { mode: 'no-cors' })),
  'a frame': () =>
    new Promise((done) => {
      const frame = document.createElement('iframe')
      frame.src = '/'
      frame.onload = () => done(frame.contentDocument?.querySelector('meta[name="gatehouse-key"]') != null)
      setTimeout(() => done(false), 1000)
      document.body.append(frame)
    }),
}

document.getElementById('try').addEventListener('click', async () => {
  const worked = []
  for (const [name, attempt] of Object.entries(forbidden)) {
    if (await attempt().catch(() => false)) worked.push(name)
  }
  answer.textContent = worked.length ? `these worked: ${worked.join(', ')}` : 'nothing worked'
})
