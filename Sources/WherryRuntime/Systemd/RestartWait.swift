import Glibc
import WherryLinux
import WherryModel
import WherryStore

/// The pause before a restart, taken at the beginning of the launch step: the step becomes a shell that sleeps and then
/// becomes the launch step again, so that nothing of the engine is there meanwhile. To systemd the unit is starting.
struct RestartWait {
  /// Shorter ones are systemd's own (`RestartSec=`).
  static let shortest = Duration.milliseconds(20)
  private static let script = #"sleep "$1" && shift && exec "$@""#

  var files: ContainerFiles

  /// Returns when the container may run: at once, or in the process's next life.
  func run() throws(SystemError) {
    let own = try ProcessIdentity.of(getpid())
    if let before = try StartRecord.read(files.waiting) {
      // A process keeps its identity when it becomes another program.
      try Files.unlink(files.waiting)
      if before.process == own { return }
    }
    let pause = try RestartNote.read(files.restarts).remaining(at: .now())
    guard pause > Self.shortest, let own else { return }
    let executable = try Files.readLink("/proc/self/exe")
    try Files.replace(files.waiting, Array(StartRecord(process: own, startedAt: .now()).text.utf8))
    let milliseconds = UnitPlan.microseconds(pause) / 1000
    let fraction = String(milliseconds % 1000 + 1000).dropFirst()
    try ProcessImage.replace(
      "/bin/sh",
      [
        "sh", "-c", Self.script, "sh", "\(milliseconds / 1000).\(fraction)", executable, "internal",
        "container-launch", files.run.path, files.id.rawValue,
      ])
  }
}

/// This process as another program.
enum ProcessImage {
  /// Returns by throwing only.
  static func replace(_ path: String, _ arguments: [String]) throws(SystemError) {
    var vector = arguments.map { strdup($0) }
    vector.append(nil)
    // The threads of this process have signals blocked, and that is inherited.
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
    execv(path, vector)
    throw SystemError(errno: errno, "start", path)
  }
}
