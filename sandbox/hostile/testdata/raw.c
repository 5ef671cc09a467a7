// A C program that hands names to WASI as they are: no library cleans them on the way. Its standard input is a list of
// lines of a verb, a root ("/workspace" or "/") and one or two names, in hexadecimal, and it answers each with a line: the
// verb, the error number, and what it learned. The verb "repeat", with a number of milliseconds in the place of the root,
// does all lines before it again and again for so long, and says only what the verbs learned that mentions a canary.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wasi/api.h>

#define MANY 256

struct order {
	char verb[16];
	__wasi_fd_t root;
	char *from, *to;
	size_t from_length, to_length;
};

static struct order orders[MANY];
static char learned[1 << 16];
static size_t learned_length;

static void learn(const char *text, size_t n) {
	if (n > sizeof learned - learned_length) n = sizeof learned - learned_length;
	memcpy(learned + learned_length, text, n);
	learned_length += n;
}

static char *unhex(const char *text, size_t *n) {
	char *out = malloc(strlen(text) / 2 + 1);
	unsigned byte;
	for (*n = 0; sscanf(text, "%2x", &byte) == 1; text += 2) out[(*n)++] = (char)byte;
	return out;
}

static __wasi_fd_t preopened(const char *name) {
	for (__wasi_fd_t fd = 3;; fd++) {
		__wasi_prestat_t stat;
		char found[64] = "";
		if (__wasi_fd_prestat_get(fd, &stat)) return (__wasi_fd_t)-1;
		size_t n = stat.u.dir.pr_name_len;
		if (n < sizeof found && !__wasi_fd_prestat_dir_name(fd, (uint8_t *)found, n) && !strcmp(found, name)) return fd;
	}
}

// WASI's functions take a length and no end, which the header of the library hides.
#define IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))
IMPORT(path_open) int raw_open(int, int, const char *, size_t, int, long long, long long, int, int *);
IMPORT(path_filestat_get) int raw_stat(int, int, const char *, size_t, __wasi_filestat_t *);
IMPORT(path_filestat_set_times) int raw_times(int, int, const char *, size_t, long long, long long, int);
IMPORT(path_create_directory) int raw_mkdir(int, const char *, size_t);
IMPORT(path_remove_directory) int raw_rmdir(int, const char *, size_t);
IMPORT(path_unlink_file) int raw_unlink(int, const char *, size_t);
IMPORT(path_rename) int raw_rename(int, const char *, size_t, int, const char *, size_t);
IMPORT(path_link) int raw_link(int, int, const char *, size_t, int, const char *, size_t);
IMPORT(path_symlink) int raw_symlink(const char *, size_t, int, const char *, size_t);
IMPORT(path_readlink) int raw_readlink(int, const char *, size_t, char *, size_t, size_t *);

enum { FOLLOW = 1, CREATE = 1, FOLDER = 2, TRUNCATE = 8, APPEND = 1 };
#define READ (__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_FILESTAT_GET)
#define WRITE (__WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_SYNC)
#define LIST (__WASI_RIGHTS_FD_READDIR)

static int content(int fd) {
	char text[4096];
	__wasi_iovec_t into = {(uint8_t *)text, sizeof text};
	size_t n = 0;
	int failed = __wasi_fd_read(fd, &into, 1, &n);
	learn(text, failed ? 0 : n);
	return failed;
}

static int entries(int fd) {
	char text[4096];
	size_t n = 0;
	int failed = __wasi_fd_readdir(fd, (uint8_t *)text, sizeof text, 0, &n);
	learn(text, failed ? 0 : n);
	return failed;
}

// write leaves the order's second name as content.
static int write_to(struct order *o, int fd) {
	__wasi_ciovec_t from = {(const uint8_t *)o->to, o->to_length};
	size_t n;
	int failed = __wasi_fd_write(fd, &from, 1, &n);
	return failed ? failed : __wasi_fd_sync(fd);
}

static int opened(struct order *o, int follow, int flags, long long rights, int fd_flags, bool list, bool write) {
	int fd, failed = raw_open(o->root, follow, o->from, o->from_length, flags, rights, 0, fd_flags, &fd);
	if (failed) return failed;
	failed = list ? entries(fd) : write ? write_to(o, fd) : content(fd);
	int closed = __wasi_fd_close(fd);
	return failed ? failed : closed;
}

static int described(struct order *o, int follow) {
	__wasi_filestat_t stat;
	int failed = raw_stat(o->root, follow, o->from, o->from_length, &stat);
	char text[64];
	if (!failed) learn(text, (size_t)snprintf(text, sizeof text, "kind %d size %llu", stat.filetype, (unsigned long long)stat.size));
	return failed;
}

static int target(struct order *o) {
	char text[4096];
	size_t n = 0;
	int failed = raw_readlink(o->root, o->from, o->from_length, text, sizeof text, &n);
	learn(text, failed ? 0 : n);
	return failed;
}

static int execute(struct order *o) {
	const char *v = o->verb;
	int r = (int)o->root;
	if (!strcmp(v, "read")) return opened(o, FOLLOW, 0, READ, 0, false, false);
	if (!strcmp(v, "readlast")) return opened(o, 0, 0, READ, 0, false, false);
	if (!strcmp(v, "write")) return opened(o, FOLLOW, CREATE | TRUNCATE, WRITE, 0, false, true);
	if (!strcmp(v, "append")) return opened(o, FOLLOW, CREATE, WRITE, APPEND, false, true);
	if (!strcmp(v, "list")) return opened(o, FOLLOW, FOLDER, LIST, 0, true, false);
	if (!strcmp(v, "stat")) return described(o, FOLLOW);
	if (!strcmp(v, "lstat")) return described(o, 0);
	if (!strcmp(v, "times")) return raw_times(r, FOLLOW, o->from, o->from_length, 1, 1, 5);
	if (!strcmp(v, "mkdir")) return raw_mkdir(r, o->from, o->from_length);
	if (!strcmp(v, "rmdir")) return raw_rmdir(r, o->from, o->from_length);
	if (!strcmp(v, "unlink")) return raw_unlink(r, o->from, o->from_length);
	if (!strcmp(v, "rename")) return raw_rename(r, o->from, o->from_length, r, o->to, o->to_length);
	if (!strcmp(v, "link")) return raw_link(r, FOLLOW, o->from, o->from_length, r, o->to, o->to_length);
	if (!strcmp(v, "symlink")) return raw_symlink(o->to, o->to_length, r, o->from, o->from_length);
	if (!strcmp(v, "readlink")) return target(o);
	exit(2);
}

static bool mentions(const char *canary) {
	size_t n = strlen(canary);
	for (size_t i = 0; i + n <= learned_length; i++)
		if (!memcmp(learned + i, canary, n)) return true;
	return false;
}

static void repeat(int count, long milliseconds) {
	unsigned long long done[MANY] = {0}, tried = 0;
	struct timespec begin, now;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		for (int i = 0; i < count; i++) {
			learned_length = 0;
			done[i] += execute(&orders[i]) == 0;
			if (mentions("CANARY") || mentions("31337")) printf("%s 0 %.*s\n", orders[i].verb, (int)learned_length, learned);
		}
		tried++;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < milliseconds);
	printf("rounds %llu\n", tried);
	for (int i = 0; i < count; i++) printf("done %s %llu\n", orders[i].verb, done[i]);
}

int main(void) {
	static char line[1 << 16], root[32], from[1 << 15], to[1 << 15];
	int count = 0;
	while (fgets(line, sizeof line, stdin)) {
		struct order *o = &orders[count];
		from[0] = to[0] = 0;
		if (sscanf(line, "%15s %31s %32767s %32767s", o->verb, root, from, to) < 2 || count == MANY - 1) return 2;
		if (!strcmp(o->verb, "repeat")) {
			repeat(count, atol(root));
			return 0;
		}
		o->root = preopened(root);
		o->from = unhex(from + 1, &o->from_length); // behind a mark, for names may be empty
		o->to = unhex(to[0] ? to + 1 : to, &o->to_length);
		count++;
	}
	for (int i = 0; i < count; i++) {
		learned_length = 0;
		int failed = execute(&orders[i]);
		printf("%s %d ", orders[i].verb, failed);
		fwrite(learned, 1, learned_length, stdout);
		putchar('\n');
	}
	return 0;
}
