/* Requests over HTTP for skills in C: the interface gatehouse:skill/http@0.1.0 of wit/skill.wit, as the Component Model's
 * canonical ABI lowers it. Copy this file; build with
 *
 *     clang --target=wasm32-wasi -O2 -o skill.wasm skill.c
 *
 * Every result is 24 bytes: gatehouse_failed says whether it is an error. Whatever it points to came from cabi_realloc,
 * which this file defines as realloc, and is yours to free. */
#ifndef GATEHOUSE_H
#define GATEHOUSE_H

#include <stdint.h>
#include <stdlib.h>

typedef struct { const char *bytes; uint32_t length; } gatehouse_text;
typedef struct { gatehouse_text name, value; } gatehouse_header;

enum gatehouse_error {
  GATEHOUSE_DENIED,  /* texts: code, grant */
  GATEHOUSE_INVALID, /* text: reason */
  GATEHOUSE_LIMIT,   /* which: 0 requests, 1 payload, 2 open; said.reason */
  GATEHOUSE_NETWORK, /* which: 0 name, 1 connect, 2 trust, 3 time, 4 answer; said.reason */
  GATEHOUSE_CLOSED,
};

typedef struct {
  uint8_t failed;
  union {
    uint32_t exchange;                                                             /* of open */
    struct { uint16_t status; gatehouse_header *headers; uint32_t count; gatehouse_text url; } head; /* of finish */
    gatehouse_text body;                                                           /* of read; empty is the end */
    struct {
      uint8_t error; /* an enum gatehouse_error */
      union {
        gatehouse_text texts[2];
        struct { uint8_t which; gatehouse_text reason; } said;
      };
    };
  };
} gatehouse_result;

_Static_assert(sizeof(gatehouse_result) == 24, "the canonical ABI's layout");

#define GATEHOUSE_IMPORT(name) __attribute__((import_module("gatehouse:skill/http@0.1.0"), import_name(name)))

GATEHOUSE_IMPORT("[static]exchange.open")
extern void gatehouse_open(const char *method, uint32_t method_length, const char *url, uint32_t url_length,
                           const gatehouse_header *headers, uint32_t count, uint32_t stay, gatehouse_result *);

GATEHOUSE_IMPORT("[method]exchange.write")
extern void gatehouse_write(uint32_t exchange, const void *bytes, uint32_t length, gatehouse_result *);

GATEHOUSE_IMPORT("[method]exchange.finish")
extern void gatehouse_finish(uint32_t exchange, gatehouse_result *);

GATEHOUSE_IMPORT("[method]exchange.read")
extern void gatehouse_read(uint32_t exchange, uint32_t most, gatehouse_result *);

GATEHOUSE_IMPORT("[resource-drop]exchange")
extern void gatehouse_drop(uint32_t exchange);

#ifndef GATEHOUSE_OWN_REALLOC /* define it where you export a cabi_realloc yourself */
__attribute__((export_name("cabi_realloc")))
void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  (void)old_size;
  (void)align; /* malloc's is enough for everything here */
  void *p = realloc(old, size);
  if (p == NULL && size > 0) __builtin_trap();
  return p;
}
#endif

#endif
