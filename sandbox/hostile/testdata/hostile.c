// A C program that does the one thing its standard input names. Each but "hello" is meant to do harm.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned long long sink;

static unsigned long long down(unsigned long long n) {
	volatile char room[4096];
	memset((char *)room, (int)n, sizeof room);
	return n == ~0ull ? room[7] : down(n + 1) + room[n % sizeof room];
}

static int compare(const void *a, const void *b) { // never the same answer twice
	return (int)(sink++ * 2654435761u) | (a < b);
}

int main(void) {
	static char what[32], many[1 << 20];
	if (!fgets(what, sizeof what, stdin)) return 1;
	if (!strcmp(what, "hello")) return fputs("hello", stdout) < 0;
	if (!strcmp(what, "loop")) for (;;) sink++;
	if (!strcmp(what, "recursion")) sink = down(1);
	if (!strcmp(what, "allocation")) {
		for (char *p; (p = malloc(1 << 20)); sink += *p) memset(p, 7, 1 << 20);
		return 9;
	}
	if (!strcmp(what, "small allocations")) {
		for (char *p; (p = malloc(16)); sink += *p) *p = 7;
		return 9;
	}
	if (!strcmp(what, "reallocation")) {
		char *p = NULL;
		for (size_t n = 1; (p = realloc(p, n)); n += n / 8 + 1) p[n - 1] = 7;
		return 9;
	}
	if (!strcmp(what, "copying")) for (;;) memmove(many + 1, many, sizeof many - 1);
	if (!strcmp(what, "sorting"))
		for (;;) qsort(many, sizeof many, 1, compare);
	if (!strcmp(what, "output")) for (;;) puts("the same line again and again");
	if (!strcmp(what, "log")) for (;;) fputs("the same line again and again\n", stderr);
	if (!strcmp(what, "sleep")) for (;;) sleep(3600);
	if (!strcmp(what, "clock")) for (;;) sink += (unsigned long long)time(NULL);
	if (!strcmp(what, "randomness")) for (;;) getentropy(many, 256);
	if (!strcmp(what, "files")) for (;;) sink += open("/workspace/a", O_RDONLY);
	if (!strcmp(what, "folders")) for (;;) sink += opendir("/workspace") != NULL;
	if (!strcmp(what, "file names")) {
		memset(many, 'a', sizeof many - 1);
		for (;;) sink += open(many, O_RDONLY | O_CREAT, 0600);
	}
	if (!strcmp(what, "a file that grows")) {
		int f = open("/workspace/a", O_WRONLY);
		for (;;) sink += write(f, many, sizeof many);
	}
	if (!strcmp(what, "abort")) abort();
	if (!strcmp(what, "nothing")) return *(volatile char *)-8;
	return 1;
}
