#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>

/// Sends `text` (NAME=value lines, sd_notify(3)) to the manager, with `descriptor` where that is not negative. 1 when
/// it was sent, 0 where nobody asked (`NOTIFY_SOCKET` unset), or a negative errno. Needs no libsystemd.
int wherry_notify(const char *text, int descriptor);
