import WherryLinux
import WherryModel

/// The small program that `--init` makes a container's first process: it passes signals on and reaps orphans.
enum InitProcess {
  /// Where it stands in the container, as Docker's.
  static let target = "/sbin/docker-init"

  /// Debian's, both linked statically.
  private static let known = [
    "/usr/bin/tini-static", "/usr/bin/catatonit", "/usr/libexec/podman/catatonit",
  ]

  static func find() throws(WherryError) -> String {
    for path in known {
      let isThere = try WherryError.converting { () throws(SystemError) in try Files.exists(path) }
      if isThere { return path }
    }
    throw WherryError(
      .failedPrecondition, "--init: no init program is installed on this device", hint: "apt install tini")
  }
}
