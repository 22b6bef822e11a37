import WherryEngine
package import WherryRPC
package import WherryWire

extension DaemonAPI {
  package func systemVersion(
    _ params: SystemVersionParams, context: CallContext
  ) async throws -> SystemVersionResult {
    SystemVersionResult(
      version: facts.version, protocol: facts.protocolVersion, os: facts.os, architecture: facts.architecture,
      kernel: facts.kernel, runtime: facts.runtime, runtimeVersion: await facts.runtimeVersion(),
      supervisor: engine.supervisorName)
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
        hostname: facts.hostname, version: facts.version, warnings: facts.warnings)
    }
  }
}
