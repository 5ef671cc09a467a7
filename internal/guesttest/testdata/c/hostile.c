/* Breaks the rules of gatehouse:skill/http in the way that its standard input names. */
#include <stdio.h>
#include <string.h>
#define GATEHOUSE_OWN_REALLOC
#include "gatehouse.h"

static char way[40];
static gatehouse_result r;
static int is(const char *name) { return strcmp(way, name) == 0; }

__attribute__((export_name("cabi_realloc")))
void *hostile_realloc(void *old, size_t old_size, size_t align, size_t size) {
  if (is("room outside")) return (void *)0xfffffff0;
  if (is("room askew")) return (char *)malloc(size + 8) + 1;
  if (is("no room")) return NULL;
  if (is("calls back")) gatehouse_drop(1);
  if (is("traps for room")) __builtin_trap();
  if (is("leaves for room")) exit(7);
  if (is("loops for room")) for (volatile int i = 0;; i++) {}
  if (is("grows for room"))
    for (;;) {
      void *volatile more = malloc(1 << 20);
      if (more == NULL) return malloc(size);
    }
  return realloc(old, size);
}

int main(void) {
  size_t n = fread(way, 1, sizeof way - 1, stdin);
  way[n] = 0;
  const char *url = "https://a.example/";
  gatehouse_header many[100];
  if (is("open far away")) gatehouse_open("GET", 3, (char *)0xffffff00, 1000, NULL, 0, 0, &r);
  if (is("open for ever")) gatehouse_open("GET", 3, url, 0xffffffff, NULL, 0, 0, &r);
  if (is("no text")) gatehouse_open("G\xff", 2, url, strlen(url), NULL, 0, 0, &r);
  if (is("headers far away")) gatehouse_open("GET", 3, url, strlen(url), (void *)0xfffffff0, 60, 0, &r);
  if (is("headers askew")) gatehouse_open("GET", 3, url, strlen(url), (void *)((char *)many + 1), 1, 0, &r);
  if (is("a header far away")) {
    many[0] = (gatehouse_header){{"A", 1}, {(char *)0xfffffff0, 100}};
    gatehouse_open("GET", 3, url, strlen(url), many, 1, 0, &r);
  }
  if (is("many headers")) gatehouse_open("GET", 3, url, strlen(url), many, 0x10000001, 0, &r);
  if (is("result far away")) gatehouse_open("GET", 3, url, strlen(url), NULL, 0, 0, (void *)0xfffffff0);
  if (is("result askew")) gatehouse_open("GET", 3, url, strlen(url), NULL, 0, 0, (void *)((char *)&r + 2));
  if (is("no exchange")) gatehouse_finish(0, &r);
  if (is("another's exchange")) gatehouse_read(77, 10, &r);
  if (is("drop nothing")) gatehouse_drop(3);
  gatehouse_open("GET", 3, url, strlen(url), NULL, 0, 0, &r);
  uint32_t e = r.exchange;
  if (is("drop twice")) { gatehouse_drop(e); gatehouse_drop(e); }
  if (is("after the drop")) { gatehouse_drop(e); gatehouse_finish(e, &r); }
  if (is("write far away")) gatehouse_write(e, (void *)0xffff0000, 0x10000, &r);
  if (is("write for ever")) gatehouse_write(e, url, 0xffffffff, &r);
  if (is("opens and opens")) for (;;) { gatehouse_open("GET", 3, url, strlen(url), NULL, 0, 0, &r); if (r.failed) break; }
  gatehouse_finish(e, &r);
  gatehouse_read(e, 0xffffffff, &r);
  printf("unharmed %d", r.failed);
  return 0;
}
