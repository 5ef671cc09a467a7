/* Fetches the address that is its standard input and prints the status, the number of header lines, the address that
 * answered and the body; or the error. */
#include <stdio.h>
#include <string.h>
#include "gatehouse.h"

static int failed(const gatehouse_result *r) {
  static const char *errors[] = {"denied", "invalid", "limit", "network", "closed"};
  printf("%s", errors[r->error]);
  switch (r->error) {
  case GATEHOUSE_DENIED:
    printf(" %.*s %.*s", (int)r->texts[0].length, r->texts[0].bytes, (int)r->texts[1].length, r->texts[1].bytes);
    break;
  case GATEHOUSE_INVALID:
    printf(" %.*s", (int)r->texts[0].length, r->texts[0].bytes);
    break;
  case GATEHOUSE_LIMIT:
  case GATEHOUSE_NETWORK:
    printf(" %d %.*s", r->said.which, (int)r->said.reason.length, r->said.reason.bytes);
  }
  return 0;
}

int main(void) {
  char url[2000];
  size_t length = fread(url, 1, sizeof url, stdin);
  gatehouse_header accept = {{"Accept", 6}, {"text/plain", 10}};
  gatehouse_result r;
  gatehouse_open("POST", 4, url, length, &accept, 1, 0, &r);
  if (r.failed) return failed(&r);
  uint32_t exchange = r.exchange;
  gatehouse_write(exchange, "from C", 6, &r);
  if (r.failed) return failed(&r);
  gatehouse_finish(exchange, &r);
  if (r.failed) return failed(&r);
  printf("%d %u %.*s ", r.head.status, r.head.count, (int)r.head.url.length, r.head.url.bytes);
  for (uint32_t i = 0; i < r.head.count; i++)
    printf("%.*s=%.*s ", (int)r.head.headers[i].name.length, r.head.headers[i].name.bytes, (int)r.head.headers[i].value.length, r.head.headers[i].value.bytes);
  for (;;) {
    gatehouse_read(exchange, 5, &r);
    if (r.failed) return failed(&r);
    if (r.body.length == 0) break;
    printf("%.*s", (int)r.body.length, r.body.bytes);
    free((void *)r.body.bytes);
  }
  gatehouse_drop(exchange);
  return 0;
}
