import WherryEngine
import WherryModel
package import WherryRPC
package import WherryWire

extension DaemonAPI {
  package func systemVersion(
    _ params: SystemVersionParams, context: CallContext
  ) async throws -> SystemVersionResult {
    try await serve(context, "") {
      SystemVersionResult(
        version: facts.version, protocol: facts.protocolVersion, os: facts.os,
        architecture: facts.architecture, kernel: facts.kernel, runtime: facts.runtime,
        runtimeVersion: await facts.runtimeVersion(), supervisor: engine.supervisorName)
    }
  }

  package func systemInfo(_ params: SystemInfoParams, context: CallContext) async throws -> SystemInfoResult {
    try await serve(context, "") {
      let containers = try await engine.containers.list(all: true)
      return SystemInfoResult(
        containers: UInt64(containers.count),
        running: UInt64(containers.count { $0.state == .running }),
        images: UInt64(try await engine.images.count), supervisor: engine.supervisorName,
        runtime: facts.runtime, cgroup: facts.cgroup, stateDirectory: facts.stateDirectory,
        runDirectory: facts.runDirectory, kernel: facts.kernel, operatingSystem: facts.operatingSystem,
        architecture: facts.architecture, processors: facts.processors, memory: facts.memory,
        hostname: facts.hostname, version: facts.version,
        warnings: facts.warnings + (try await engine.networks.obstacles())
          + [try await engine.wearWarning()].compactMap(\.self),
        network: Self.facts(engine.networks.facts), plugins: try await pluginFacts())
    }
  }

  private static func facts(_ facts: Networks.Facts) -> NetworkFacts {
    NetworkFacts(
      publishAddresses: facts.publishAddresses.map(\.description), table: facts.table, bridges: facts.bridges,
      published: facts.published.map { PublishedPort(container: $0.container, binding: $0.binding) })
  }

  package func systemResolver(
    _ params: SystemResolverParams, context: CallContext
  ) async throws -> SystemResolverResult {
    try await serve(context, "") {
      await engine.resolverChanged()
      return SystemResolverResult()
    }
  }
}
