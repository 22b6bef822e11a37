// libsystemd, loaded when it is first needed. Linked, it would bring libgcrypt, three decompressors and more into every
// start of the binary. Only the daemon speaks D-Bus and reads the journal; the client and the steps of a container's
// unit do neither.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "CLibSystemd.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>

#define LIBRARY "libsystemd.so.0"

// Those that begin something, and may be called without it: what they return, their names, parameters and the
// arguments passed on. They give -ELIBACC where the library is missing. The compiler checks each against the header.
#define BEGINNINGS(F)                                                                                                 \
  F(int, sd_bus_new, (sd_bus * *bus), (bus))                                                                          \
  F(int, sd_bus_open_system, (sd_bus * *bus), (bus))                                                                  \
  F(int, sd_bus_path_encode, (const char *prefix, const char *name, char **path), (prefix, name, path))               \
  F(int, sd_journal_open, (sd_journal * *journal, int flags), (journal, flags))                                       \
  F(int, sd_journal_sendv, (const struct iovec *fields, int count), (fields, count))                                  \
  F(int, sd_listen_fds_with_names, (int unset, char ***names), (unset, names))

// Those that go on with what only the others make.
#define FUNCTIONS(F)                                                                                                  \
  F(int, sd_bus_call,                                                                                                 \
    (sd_bus * bus, sd_bus_message * message, uint64_t patience, sd_bus_error * error, sd_bus_message * *reply),       \
    (bus, message, patience, error, reply))                                                                           \
  F(sd_bus *, sd_bus_close_unref, (sd_bus * bus), (bus))                                                              \
  F(void, sd_bus_error_free, (sd_bus_error * error), (error))                                                         \
  F(sd_bus *, sd_bus_flush_close_unref, (sd_bus * bus), (bus))                                                        \
  F(int, sd_bus_get_fd, (sd_bus * bus), (bus))                                                                        \
  F(int, sd_bus_get_property_string,                                                                                  \
    (sd_bus * bus, const char *destination, const char *path, const char *interface, const char *member,              \
     sd_bus_error *error, char **value),                                                                              \
    (bus, destination, path, interface, member, error, value))                                                        \
  F(int, sd_bus_message_append_array, (sd_bus_message * message, char type, const void *bytes, size_t size),          \
    (message, type, bytes, size))                                                                                     \
  F(int, sd_bus_message_append_basic, (sd_bus_message * message, char type, const void *value),                       \
    (message, type, value))                                                                                           \
  F(int, sd_bus_message_close_container, (sd_bus_message * message), (message))                                       \
  F(int, sd_bus_message_enter_container, (sd_bus_message * message, char type, const char *contents),                 \
    (message, type, contents))                                                                                        \
  F(int, sd_bus_message_get_errno, (sd_bus_message * message), (message))                                             \
  F(const sd_bus_error *, sd_bus_message_get_error, (sd_bus_message * message), (message))                            \
  F(int, sd_bus_message_get_reply_cookie, (sd_bus_message * message, uint64_t *cookie), (message, cookie))            \
  F(int, sd_bus_message_is_signal, (sd_bus_message * message, const char *interface, const char *member),             \
    (message, interface, member))                                                                                     \
  F(int, sd_bus_message_new_method_call,                                                                              \
    (sd_bus * bus, sd_bus_message * *message, const char *destination, const char *path, const char *interface,       \
     const char *member),                                                                                             \
    (bus, message, destination, path, interface, member))                                                             \
  F(int, sd_bus_message_open_container, (sd_bus_message * message, char type, const char *contents),                  \
    (message, type, contents))                                                                                        \
  F(int, sd_bus_message_read_basic, (sd_bus_message * message, char type, void *value), (message, type, value))       \
  F(int, sd_bus_message_skip, (sd_bus_message * message, const char *types), (message, types))                        \
  F(sd_bus_message *, sd_bus_message_unref, (sd_bus_message * message), (message))                                    \
  F(int, sd_bus_process, (sd_bus * bus, sd_bus_message * *message), (bus, message))                                   \
  F(int, sd_bus_send, (sd_bus * bus, sd_bus_message * message, uint64_t *cookie), (bus, message, cookie))             \
  F(int, sd_bus_set_address, (sd_bus * bus, const char *address), (bus, address))                                     \
  F(int, sd_bus_start, (sd_bus * bus), (bus))                                                                         \
  F(int, sd_bus_wait, (sd_bus * bus, uint64_t patience), (bus, patience))                                             \
  F(int, sd_journal_add_disjunction, (sd_journal * journal), (journal))                                               \
  F(int, sd_journal_add_match, (sd_journal * journal, const void *data, size_t size), (journal, data, size))          \
  F(void, sd_journal_close, (sd_journal * journal), (journal))                                                        \
  F(int, sd_journal_get_data, (sd_journal * journal, const char *field, const void **data, size_t *size),             \
    (journal, field, data, size))                                                                                     \
  F(int, sd_journal_get_fd, (sd_journal * journal), (journal))                                                        \
  F(int, sd_journal_get_realtime_usec, (sd_journal * journal, uint64_t *time), (journal, time))                       \
  F(int, sd_journal_next, (sd_journal * journal), (journal))                                                          \
  F(int, sd_journal_previous, (sd_journal * journal), (journal))                                                      \
  F(int, sd_journal_process, (sd_journal * journal), (journal))                                                       \
  F(int, sd_journal_seek_head, (sd_journal * journal), (journal))                                                     \
  F(int, sd_journal_seek_realtime_usec, (sd_journal * journal, uint64_t time), (journal, time))                       \
  F(int, sd_journal_seek_tail, (sd_journal * journal), (journal))                                                     \
  F(int, sd_journal_set_data_threshold, (sd_journal * journal, size_t size), (journal, size))

#define POINTER(type, name, parameters, arguments) static type(*p_##name) parameters;
BEGINNINGS(POINTER)
FUNCTIONS(POINTER)

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int loaded = 0;

static void load(void) {
  void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return;
  int missing = 0;
#define FIND(type, name, parameters, arguments)                                                                       \
  p_##name = (type(*) parameters)dlsym(library, #name);                                                               \
  if (p_##name == NULL) missing = 1;
  BEGINNINGS(FIND)
  FUNCTIONS(FIND)
  loaded = !missing;
}

#define BEGIN(type, name, parameters, arguments)                                                                      \
  type name parameters {                                                                                              \
    pthread_once(&once, load);                                                                                        \
    return loaded ? p_##name arguments : -ELIBACC;                                                                    \
  }
BEGINNINGS(BEGIN)

#define FORWARD(type, name, parameters, arguments)                                                                    \
  type name parameters { return p_##name arguments; }
FUNCTIONS(FORWARD)
