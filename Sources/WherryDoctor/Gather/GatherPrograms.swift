import WherryLinux
import WherryModel

extension ProgramFacts {
  private static let folders = [
    "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin",
  ]

  /// Of this device: each is started to say its version.
  package static func current() async throws -> ProgramFacts {
    ProgramFacts(
      crun: try await program(folders.map { $0 + "/crun" }),
      runc: try await program(folders.map { $0 + "/runc" }),
      conmon: try await program(["/usr/bin/conmon"]),
      nameService: try await program(["/usr/lib/podman/aardvark-dns", "/usr/libexec/podman/aardvark-dns"]),
      cgroups: try Cgroups.current().mode.rawValue, isSystemd: try DoctorUnitFacts.isSystemdRunning)
  }

  private static func program(_ paths: [String]) async throws -> Program? {
    guard
      let path = try paths.first(where: { path in try Files.statusIfPresent(path, following: true) != nil })
    else { return nil }
    var version: String?
    do {
      let output = try await Spawn(path, ["--version"]).output(maximum: 4096, timeout: .seconds(5))
      if output.status == .exited(0) {
        version = output.outputText.split(separator: "\n").first.map { String($0.prefix(80)) } ?? ""
      }
    } catch is SystemError {
      version = nil
    }
    return Program(path: path, version: version)
  }
}
