import WherryDoctor
import WherryEngine
import WherryLinux
import WherryModel
package import WherryRPC
package import WherryWire

extension DaemonAPI {
  package func systemDoctor(
    _ params: SystemDoctorParams, output: ItemSink<DoctorFinding>, context: CallContext
  ) async throws -> SystemDoctorResult {
    try await serve(context, (params.checks ?? []).joined(separator: " ")) {
      let checks = try LocalDoctor.checks(params.checks ?? []).filter { $0 != .daemon }
      let asked = params.registries ?? []
      guard asked.count <= 8 else { throw WherryError(.invalidArgument, "more than 8 registries to ask") }
      let place = LocalDoctor.Circumstances(
        stateDirectory: facts.stateDirectory, staging: engine.stagingFolder, group: facts.group,
        needsSocket: facts.isActivated)
      let tally = try await DoctorRun().run(checks.compactMap { item($0, place, asked) }) {
        try await output.send($0)
      }
      return SystemDoctorResult(warnings: tally.warnings, faults: tally.faults)
    }
  }

  private func item(
    _ check: DoctorCheck, _ place: LocalDoctor.Circumstances, _ registries: [String]
  ) -> DoctorRun.Item? {
    switch check {
    case .registries: DoctorRun.Item(check, waiting: { try await registryFindings(registries) })
    case .firewall:
      DoctorRun.Item(
        check, waiting: { FirewallFacts(obstacles: try await engine.networks.allObstacles()).findings })
    default: LocalDoctor.item(check, place)
    }
  }

  /// Those asked for, or else those that settings and images name, at most eight.
  private func registryFindings(_ asked: [String]) async throws -> [DoctorFinding] {
    var names = asked
    if names.isEmpty { names = try await engine.images.registries() }
    var found: [RegistryFacts.Registry] = []
    try await withThrowingTaskGroup(of: RegistryFacts.Registry.self) { group in
      for name in names.prefix(8) {
        group.addTask {
          do {
            try await engine.images.probe(name)
            return RegistryFacts.Registry(name)
          } catch {
            return RegistryFacts.Registry(name, .wrapping(error))
          }
        }
      }
      for try await registry in group { found.append(registry) }
    }
    return RegistryFacts(registries: found.sorted { $0.name < $1.name }, proxies: facts.proxies).findings
  }
}
