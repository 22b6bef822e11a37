import Glibc
import WherryCBOR
import WherryLinux
import WherryModel

/// The process `wherry fetch`: started by the daemon for one pull or import, confined, short-lived.
/// Standard input and output are one socket to the daemon; an archive to import is descriptor 3.
package enum FetchWorker {
  /// Does not return. Must be called before the process has a second thread.
  package static func main(_ arguments: [String]) -> Never {
    // libarchive takes names apart in the locale's encoding.
    setlocale(LC_CTYPE, "C.UTF-8")
    signal(SIGPIPE, SIG_IGN)
    let daemon = DaemonChannel()
    do {
      guard let bytes = try FrameCodec.read(from: 0) else {
        throw WherryError(.invalidArgument, "wherry fetch is for the daemon's own use")
      }
      let job = try FetchJob(cbor: bytes)
      let report = try WorkerConfinement.apply(writable: job.staging, readable: readable(job))
      daemon.send(.started(report))
      switch job.kind {
      case .pull, .refetch: try PullRun(job: job, daemon: daemon).run()
      case .tags, .search: try ListRun(job: job, daemon: daemon).run()
      case .login, .probe: try LoginRun(job: job, daemon: daemon).run()
      case .referrers: try ReferrersRun(job: job, daemon: daemon).run()
      case .push: try PushRun(job: job, daemon: daemon).run()
      case .save: try SaveRun(job: job, daemon: daemon).run()
      case .load: try LoadRun(job: job, daemon: daemon).run()
      case .importing: try ImportRun(job: job, daemon: daemon).run()
      }
      exit(0)
    } catch {
      daemon.fail(error)
      exit(1)
    }
  }

  /// Name resolution, certificates, libraries that glibc loads late, and the layers below.
  private static func readable(_ job: FetchJob) -> [String] {
    [
      job.layers, "/etc", "/usr", "/lib", "/lib64", "/run/systemd/resolve", "/run/resolvconf",
      "/run/NetworkManager", "/proc", "/sys/devices/system/cpu", "/dev/null", "/dev/urandom",
    ] + job.certificateFolders + (job.certificateAuthority.map { [$0] } ?? [])
  }
}
