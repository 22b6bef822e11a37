// called OUTPUT SYMBOLS COMMAND…: writes the functions of COMMAND's program that it calls, in the order of their first
// call. SYMBOLS has lines "ADDRESS NAME" (llvm-nm). COMMAND keeps the process it was started in: systemd's main process
// and its sockets stay its own, and a child of it looks on (ptrace(2)).
//
// Each function begins with a breakpoint that is taken out when it is first reached, so the program runs at its speed.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct function {
  uint64_t address;
  char *name;
  uint8_t first;
  int called;
};

static struct function *functions;
static size_t count;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int by_address(const void *a, const void *b) {
  const struct function *one = a, *other = b;
  return one->address < other->address ? -1 : one->address > other->address;
}

static void read_symbols(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) die(path);
  char *line = NULL;
  size_t size = 0, room = 0;
  while (getline(&line, &size, file) > 0) {
    char *end, *name;
    uint64_t address = strtoull(line, &end, 16);
    name = strtok(end, " \n");
    if (!name) continue;
    if (count == room) functions = realloc(functions, (room = room * 2 + 1024) * sizeof *functions);
    functions[count++] = (struct function){.address = address, .name = strdup(name)};
  }
  fclose(file);
  qsort(functions, count, sizeof *functions, by_address);
}

static struct function *at(uint64_t address) {
  struct function key = {.address = address};
  struct function *found = bsearch(&key, functions, count, sizeof key, by_address);
  // Several names of one address: the first.
  while (found && found > functions && found[-1].address == address) found--;
  return found;
}

// Where the program was loaded: the lowest mapping of its file.
static uint64_t base_of(pid_t pid) {
  char path[64], link[4096], line[8192];
  snprintf(path, sizeof path, "/proc/%d/exe", pid);
  ssize_t length = readlink(path, link, sizeof link - 1);
  if (length < 0) die("readlink");
  link[length] = 0;
  snprintf(path, sizeof path, "/proc/%d/maps", pid);
  FILE *maps = fopen(path, "r");
  if (!maps) die(path);
  uint64_t base = 0;
  while (!base && fgets(line, sizeof line, maps)) {
    if (strstr(line, link)) base = strtoull(line, NULL, 16);
  }
  fclose(maps);
  return base;
}

static void watch(pid_t program, const char *output) {
  FILE *out = fopen(output, "w");
  if (!out) die(output);
  setvbuf(out, NULL, _IOLBF, 0);
  int memory = -1, status;
  uint64_t base = 0;
  for (;;) {
    pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0) break;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (pid == program) break;
      continue;
    }
    int event = status >> 16, number = WSTOPSIG(status), deliver = 0;
    if (event == PTRACE_EVENT_EXEC) {
      if (pid == program && memory < 0) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/mem", pid);
        if ((memory = open(path, O_RDWR | O_CLOEXEC)) < 0) die(path);
        base = base_of(pid);
        for (size_t i = 0; i < count; i++) {
          if (i && functions[i].address == functions[i - 1].address) continue;
          // What gives back the code's memory would give back the breakpoints: it returns at once (x86: ret).
          uint8_t trap = strcmp(functions[i].name, "wherry_drop_code") == 0 ? 0xc3 : 0xcc;
          if (pread(memory, &functions[i].first, 1, base + functions[i].address) != 1) continue;
          if (pwrite(memory, &trap, 1, base + functions[i].address) != 1) functions[i].first = 0;
        }
      } else if (pid != program) {
        // Another program.
        ptrace(PTRACE_DETACH, pid, 0, 0);
        continue;
      }
    } else if (event == 0 && number == SIGTRAP) {
      struct user_regs_struct registers;
      if (ptrace(PTRACE_GETREGS, pid, 0, &registers) != 0) continue;
      struct function *function = at(registers.rip - 1 - base);
      if (function) {
        if (!function->called) {
          function->called = 1;
          fprintf(out, "%s\n", function->name);
          if (pwrite(memory, &function->first, 1, base + function->address) != 1) die("write");
        }
        // A child with a copy of the memory has its own breakpoints.
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/mem", pid);
        int own = open(path, O_RDWR | O_CLOEXEC);
        if (own >= 0) {
          (void)!pwrite(own, &function->first, 1, base + function->address);
          close(own);
        }
        registers.rip--;
        ptrace(PTRACE_SETREGS, pid, 0, &registers);
      } else {
        deliver = SIGTRAP;
      }
    } else if (event == 0) {
      deliver = number;
    } else if (event == PTRACE_EVENT_STOP && (number == SIGSTOP || number == SIGTSTP)) {
      ptrace(PTRACE_LISTEN, pid, 0, 0);
      continue;
    }
    ptrace(PTRACE_CONT, pid, 0, deliver);
  }
  fclose(out);
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: called OUTPUT SYMBOLS COMMAND...\n");
    return 2;
  }
  int ready[2];
  pid_t program = getpid();
  if (pipe2(ready, O_CLOEXEC) != 0) die("pipe");
  pid_t watcher = fork();
  if (watcher < 0) die("fork");
  if (watcher == 0) {
    // Not the program's child to wait for.
    if (fork() != 0) _exit(0);
    setsid();
    read_symbols(argv[2]);
    long options = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
    if (ptrace(PTRACE_SEIZE, program, 0, options) != 0) die("seize");
    if (write(ready[1], "x", 1) != 1) die("ready");
    close(ready[0]);
    close(ready[1]);
    watch(program, argv[1]);
    _exit(0);
  }
  char byte;
  close(ready[1]);
  waitpid(watcher, NULL, 0);
  if (read(ready[0], &byte, 1) != 1) {
    fprintf(stderr, "called: nobody looks on\n");
    return 1;
  }
  execvp(argv[3], argv + 3);
  die(argv[3]);
}
