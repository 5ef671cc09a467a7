// Three kernels without a library: what a guest computes and what it costs to be able to stop it.
#define EXPORT(name) __attribute__((export_name(#name)))

// xorshift is one loop of a few instructions.
EXPORT(xorshift) unsigned long long xorshift(unsigned n) {
	unsigned long long x = 88172645463325252ull;
	for (unsigned i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	return x;
}

// fib is nothing but calls.
EXPORT(fib) unsigned long long fib(unsigned n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

// sieve is short loops over memory.
static unsigned char composite[1 << 20];
EXPORT(sieve) unsigned long long sieve(unsigned rounds) {
	unsigned long long primes = 0;
	for (unsigned r = 0; r < rounds; r++) {
		for (unsigned i = 0; i < sizeof composite; i++) composite[i] = 0;
		for (unsigned i = 2; i < sizeof composite; i++) {
			if (composite[i]) continue;
			primes++;
			for (unsigned j = i + i; j < sizeof composite; j += i) composite[j] = 1;
		}
	}
	return primes;
}
