// sd_notify(3) without libsystemd: every start of a container says it, in a process that needs nothing else of it.
#define _GNU_SOURCE
#include "CLibSystemd.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int wherry_notify(const char *text, int descriptor) {
  const char *path = getenv("NOTIFY_SOCKET");
  if (path == NULL || path[0] == 0) return 0;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen(path);
  // Of containers' and services' managers; a virtual machine's (vsock:) is never ours.
  if (path[0] != '/' && path[0] != '@') return -EAFNOSUPPORT;
  if (length >= sizeof(address.sun_path)) return -E2BIG;
  memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = 0;

  struct iovec bytes = {.iov_base = (void *)text, .iov_len = strlen(text)};
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct msghdr message = {
      .msg_name = &address,
      // An abstract name ends where its length says.
      .msg_namelen = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '/')),
      .msg_iov = &bytes,
      .msg_iovlen = 1,
  };
  if (descriptor >= 0) {
    message.msg_control = &control;
    message.msg_controllen = sizeof(control.space);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
  }
  int number = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (number < 0) return -errno;
  ssize_t sent = sendmsg(number, &message, MSG_NOSIGNAL);
  int result = sent < 0 ? -errno : 1;
  close(number);
  return result;
}
