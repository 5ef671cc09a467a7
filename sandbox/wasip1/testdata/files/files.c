// Uses files in every way that C has, with names relative to where it starts, and prints what comes of it.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *name_of(int e) {
	switch (e) {
	case 0: return "fine";
	case EACCES: return "EACCES";
	case EBADF: return "EBADF";
	case EEXIST: return "EEXIST";
	case EINVAL: return "EINVAL";
	case EISDIR: return "EISDIR";
	case ELOOP: return "ELOOP";
	case ENOENT: return "ENOENT";
	case ENOTDIR: return "ENOTDIR";
	case ENOTEMPTY: return "ENOTEMPTY";
	case ESPIPE: return "ESPIPE";
	}
	return "another error";
}

static void said(const char *what, long result) {
	printf("%s: %s\n", what, result < 0 ? name_of(errno) : "fine");
}

static void put(const char *path, const char *text) {
	FILE *f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0) {
		printf("writing %s: %s\n", path, name_of(errno));
	}
}

static void show(const char *path) {
	char text[256];
	FILE *f = fopen(path, "r");
	if (!f) {
		printf("%s: %s\n", path, name_of(errno));
		return;
	}
	size_t n = fread(text, 1, sizeof text - 1, f);
	text[n] = 0;
	fclose(f);
	printf("%s: %zu bytes: %s\n", path, n, text);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void list(const char *path) {
	char *names[2000];
	int n = 0;
	DIR *d = opendir(path);
	if (!d) {
		printf("listing %s: %s\n", path, name_of(errno));
		return;
	}
	for (struct dirent *e; n < 2000 && (e = readdir(d));) {
		names[n++] = strdup(e->d_name);
	}
	closedir(d);
	qsort(names, n, sizeof *names, by_name);
	printf("%s has %d entries:", path, n);
	for (int i = 0; i < n && i < 8; i++) {
		printf(" %s", names[i]);
	}
	printf("\n");
}

static void describe(const char *path) {
	struct stat s;
	if (stat(path, &s) < 0) {
		printf("describing %s: %s\n", path, name_of(errno));
		return;
	}
	printf("%s is %s of %lld bytes\n", path, S_ISDIR(s.st_mode) ? "a folder" : "a file", S_ISDIR(s.st_mode) ? 0LL : (long long)s.st_size);
}

static uint64_t hash(int fd) {
	uint64_t h = 1469598103934665603u;
	unsigned char b[10007];
	for (ssize_t n; (n = read(fd, b, sizeof b)) > 0;) {
		for (ssize_t i = 0; i < n; i++) {
			h = (h ^ b[i]) * 1099511628211u;
		}
	}
	return h;
}

static void big(void) {
	int fd = open("big", O_RDWR | O_CREAT | O_TRUNC, 0644);
	static char piece[40000];
	for (int i = 0; i < 150; i++) {
		memset(piece, 'a' + i % 26, sizeof piece);
		if (write(fd, piece, sizeof piece) != sizeof piece) {
			said("writing much", -1);
		}
	}
	lseek(fd, 0, SEEK_SET);
	printf("much hashes to %llx\n", (unsigned long long)hash(fd));
	said("writing inside", pwrite(fd, "inside", 6, 123456));
	said("a hole", pwrite(fd, "end", 3, 7000000));
	char b[12] = {0};
	said("reading inside", pread(fd, b, 8, 123455));
	printf("inside is %s\n", b);
	said("cutting", ftruncate(fd, 3000000));
	printf("the end is at %lld\n", (long long)lseek(fd, 0, SEEK_END));
	said("growing", ftruncate(fd, 3000005));
	lseek(fd, 0, SEEK_SET);
	printf("then it hashes to %llx\n", (unsigned long long)hash(fd));
	said("saving", fsync(fd));
	said("closing", close(fd));
	said("closing twice", close(fd));
	describe("big");
}

static void wrongly(void) {
	said("a missing file", open("none", O_RDONLY));
	said("below a file", open("a.txt/b", O_RDONLY));
	said("a file as a folder", open("a.txt", O_RDONLY | O_DIRECTORY));
	said("a folder for writing", open("dir", O_WRONLY));
	said("exclusively", open("a.txt", O_WRONLY | O_CREAT | O_EXCL, 0644));
	int fd = open("a.txt", O_RDONLY);
	said("writing what was opened for reading", write(fd, "x", 1));
	said("seeking before the beginning", lseek(fd, -1, SEEK_SET));
	close(fd);
	said("reading what is closed", read(fd, &fd, 1));
	said("making it again", mkdir("dir", 0755));
	said("removing a full folder", rmdir("dir"));
	said("removing a file as a folder", rmdir("a.txt"));
	said("removing a folder as a file", unlink("none"));
	said("renaming what is missing", rename("none", "other"));
	said("a folder below itself", rename("dir", "dir/deeper"));
	said("a file over a folder", rename("a.txt", "dir"));
	said("removing here", rmdir("."));
}

static void links(void) {
	char b[64] = {0};
	said("making a link", symlink("a.txt", "link"));
	said("over a file", symlink("a.txt", "b.txt"));
	said("in a circle", symlink("circle", "circle"));
	said("reading a link", readlink("link", b, sizeof b - 1));
	printf("it says %s\n", b);
	said("reading what is no link", readlink("a.txt", b, sizeof b));
	show("link");
	said("opening the link itself", open("link", O_RDONLY | O_NOFOLLOW));
	said("going in a circle", open("circle", O_RDONLY));
	said("removing the link", unlink("link"));
	said("removing the circle", unlink("circle"));
	show("a.txt");
}

int main(void) {
	put("a.txt", "first\n");
	put("b.txt", "second\n");
	said("making a folder", mkdir("dir", 0755));
	put("dir/c.txt", "third");
	FILE *f = fopen("a.txt", "a");
	fputs("and more\n", f);
	fclose(f);
	show("a.txt");
	f = fopen("a.txt", "r+");
	fseek(f, 2, SEEK_SET);
	fputs("XX", f);
	rewind(f);
	char line[32];
	printf("the first line is %s", fgets(line, sizeof line, f));
	fclose(f);
	show("a.txt");
	wrongly();
	links();
	for (int i = 0; i < 300; i++) {
		char path[64];
		snprintf(path, sizeof path, "dir/number-%03d-with-a-rather-long-name", i);
		put(path, path);
	}
	list("dir");
	list(".");
	list("a.txt");
	said("renaming a file", rename("b.txt", "dir/b.txt"));
	said("renaming over a file", rename("dir/c.txt", "dir/b.txt"));
	show("dir/b.txt");
	said("renaming a folder", rename("dir", "moved"));
	show("moved/b.txt");
	describe("moved");
	describe("dir");
	for (int i = 0; i < 300; i++) {
		char path[64];
		snprintf(path, sizeof path, "moved/number-%03d-with-a-rather-long-name", i);
		unlink(path);
	}
	int fd = open("moved/b.txt", O_RDWR);
	said("removing what is open", unlink("moved/b.txt"));
	said("and reading it", read(fd, line, 5));
	close(fd);
	list("moved");
	said("removing a folder", rmdir("moved"));
	big();
	return 0;
}
