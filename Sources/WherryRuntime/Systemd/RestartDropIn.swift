import WherryLinux

/// A restart policy that was changed while its unit ran: a file beside the transient unit's own, systemd.unit(5).
struct RestartDropIn {
  private let folder: String
  private var path: String { folder + "/60-restart.conf" }

  init(unit: String, in transient: String = "/run/systemd/transient") {
    folder = "\(transient)/\(unit).d"
  }

  func write(_ plan: RestartPlan) throws(SystemError) {
    try Files.makeDirectories(folder, mode: 0o755)
    try Files.replace(path, Array(plan.dropIn.utf8), mode: 0o644)
  }

  /// Does nothing where there is none.
  func remove() throws(SystemError) {
    guard try Files.exists(path) else { return }
    try Files.unlink(path)
    do throws(SystemError) {
      try Files.removeDirectory(folder)
    } catch {
      // systemd's own, of another change.
      guard error.isNotEmpty else { throw error }
    }
  }
}
