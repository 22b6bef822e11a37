import ArgumentParser
import WherryClient
import WherryDoctor
import WherryLinux
import WherryModel
import WherryRPC
import WherryWire

struct DoctorVerb: Verb {
  static let synopsis = "doctor [OPTIONS] [CHECK...]"
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Check the device: kernel, disk, clock, network, units",
    usage: "wherry \(synopsis)",
    discussion: """
      Checks: \(DoctorCheck.allCases.map(\.rawValue).joined(separator: " ")); all without any. Exits with 0 \
      when all is well, 1 with warnings, 2 with faults, 125 for words that are not understood. Where the daemon \
      cannot be reached, what can be checked without it is, here.
      """, helpNames: [.short, .long])
  /// What was found is told by 0, 1 and 2.
  static let failureCode: Int32 = 125
  static let flagSet = FlagSet(flags: [.value("format"), .toggle("quiet", "q"), .value("registry")])

  @Option(help: "Format output: 'json' for one object a line")
  var format: String?
  @Flag(name: [.customShort("q"), .long], help: "Tell only what is not well")
  var quiet = false
  @Option(help: ArgumentHelp("Ask this registry instead of those known; may be repeated", valueName: "host"))
  var registry: [String] = []
  @Argument(help: .hidden) var checks: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    guard ["json", "{{json .}}", "", nil].contains(format) else {
      throw UsageError(message: "--format takes json alone here")
    }
    let wanted = try LocalDoctor.checks(checks)
    let printer = DoctorPrinter(isJSON: !(format ?? "").isEmpty, isQuiet: quiet, console: context.console)
    var tally = DoctorRun.Tally()
    func tell(_ finding: DoctorFinding) throws {
      tally.count(finding)
      try printer.show(finding)
    }
    let destination = try context.destination()
    do {
      let client = try await Client.connect(to: destination)
      let version = try await client.systemVersion(SystemVersionParams())
      if wanted.contains(.daemon) { try tell(Self.greeting(version, destination)) }
      let rest = wanted.filter { $0 != .daemon }
      if !rest.isEmpty {
        let call = try await client.systemDoctor(
          SystemDoctorParams(
            checks: rest.map(\.rawValue), registries: registry.isEmpty ? nil : registry))
        for try await finding in call.output { try tell(finding) }
        _ = try await call.result()
      }
    } catch let error as ConsoleError {
      throw error
    } catch {
      let failure = WherryError.wrapping(error)
      if failure.code == .invalidArgument { throw failure }
      try tell(
        .fault(
          .daemon, failure.message,
          failure.hint ?? "see what follows; with wherry -H, check the device's name and network"))
      try await DoctorRun().run(Self.items(wanted, destination)) { try tell($0) }
    }
    try printer.finish(tally)
    return tally.faults > 0 ? 2 : tally.warnings > 0 ? 1 : 0
  }

  private static func greeting(_ version: SystemVersionResult, _ destination: Destination) -> DoctorFinding {
    let text = "answers at \(destination.endpoint): Wherry \(version.version), \(version.supervisor)"
    guard version.version == WherryVersion.current else {
      return .warning(
        .daemon, "\(text); this client is \(WherryVersion.current)",
        "install the same version on both; the daemon's is used after: systemctl stop wherry")
    }
    return .ok(.daemon, text)
  }

  /// What of `wanted` this machine can look at by itself: all of a daemon's device; of one elsewhere, how it is reached.
  private static func items(_ wanted: [DoctorCheck], _ destination: Destination) -> [DoctorRun.Item] {
    guard case .unix(let path) = destination.endpoint.transport else {
      return wanted.filter { [.clock, .dns].contains($0) }.compactMap { LocalDoctor.item($0, .init()) }
    }
    let place = LocalDoctor.Circumstances(
      needsSocket: destination.endpoint == .standard || path == "/run/wherry/wherry.sock")
    return wanted.filter { $0 != .daemon }.map { check in
      LocalDoctor.item(check, place)
        ?? DoctorRun.Item(check, blocking: { [.unknown(check, "only the daemon can look at that")] })
    }
  }
}
