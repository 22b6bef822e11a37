import WherryEngine
import WherryModel
package import WherryRPC
package import WherryWire

extension DaemonAPI {
  package func containerCreate(
    _ params: ContainerCreateParams, context: CallContext
  ) async throws -> ContainerCreateResult {
    try await serve(context, params.spec.auditName, privileges: params.spec.privileges) {
      let created = try await engine.containers.create(params.spec)
      return ContainerCreateResult(
        id: created.id.rawValue, warnings: created.warnings.isEmpty ? nil : created.warnings)
    }
  }

  package func containerStart(
    _ params: ContainerStartParams, context: CallContext
  ) async throws -> ContainerStartResult {
    try await serve(context, params.container) {
      try await engine.containers.start(params.container)
      return ContainerStartResult()
    }
  }

  package func containerStop(
    _ params: ContainerStopParams, context: CallContext
  ) async throws -> ContainerStopResult {
    try await serve(context, params.container) {
      try await engine.containers.stop(
        params.container, timeout: try Self.seconds(params.timeout), signal: params.signal)
      return ContainerStopResult()
    }
  }

  package func containerKill(
    _ params: ContainerKillParams, context: CallContext
  ) async throws -> ContainerKillResult {
    try await serve(context, params.container) {
      try await engine.containers.kill(params.container, signal: params.signal)
      return ContainerKillResult()
    }
  }

  package func containerRestart(
    _ params: ContainerRestartParams, context: CallContext
  ) async throws -> ContainerRestartResult {
    try await serve(context, params.container) {
      try await engine.containers.restart(
        params.container, timeout: try Self.seconds(params.timeout), signal: params.signal)
      return ContainerRestartResult()
    }
  }

  package func containerRemove(
    _ params: ContainerRemoveParams, context: CallContext
  ) async throws -> ContainerRemoveResult {
    try await serve(context, params.container) {
      try await engine.containers.remove(
        params.container, force: params.force ?? false, volumes: params.volumes ?? false)
      return ContainerRemoveResult()
    }
  }

  package func containerList(
    _ params: ContainerListParams, context: CallContext
  ) async throws -> ContainerListResult {
    try await serve(context, "") {
      let containers = try await engine.containers.list(
        all: params.all ?? false, limit: params.limit, filters: params.filters ?? [:])
      return ContainerListResult(
        containers: containers.map { $0.summary(ports: engine.ports(of: $0.record)) })
    }
  }

  package func containerInspect(
    _ params: ContainerInspectParams, context: CallContext
  ) async throws -> ContainerInspectResult {
    try await serve(context, params.container) {
      try engine.detail(of: try await engine.containers.inspect(params.container))
    }
  }

  package func containerWait(
    _ params: ContainerWaitParams, context: CallContext
  ) async throws -> ContainerWaitResult {
    try await serve(context, params.container) {
      let exit = try await engine.containers.wait(params.container)
      return ContainerWaitResult(exitCode: exit.code, error: exit.error)
    }
  }

  package func containerLogs(
    _ params: ContainerLogsParams, output: ItemSink<LogEntry>, context: CallContext
  ) async throws -> ContainerLogsResult {
    try await serve(context, params.container) {
      let query = LogQuery(
        follow: params.follow ?? false, tail: params.tail, since: params.since, until: params.until)
      let details = params.details ?? false ? try engine.containers.logDetails(params.container) : [:]
      for try await line in try engine.containers.logs(params.container, query) {
        try await output.send(
          LogEntry(
            stream: line.stream == .stdout ? .stdout : .stderr, time: line.time, data: line.data,
            dropped: line.dropped, details: details.isEmpty ? nil : details))
      }
      return ContainerLogsResult()
    }
  }

  package func containerExited(
    _ params: ContainerExitedParams, context: CallContext
  ) async throws -> ContainerExitedResult {
    try await serve(context, params.container) {
      try await engine.containers.settle(params.container)
      return ContainerExitedResult()
    }
  }

  package func containerRestore(
    _ params: ContainerRestoreParams, context: CallContext
  ) async throws -> ContainerRestoreResult {
    try await serve(context, "") {
      let restored = try await engine.containers.restore()
      return ContainerRestoreResult(started: restored.started, failed: restored.failed)
    }
  }

  static func seconds(_ count: UInt64?) throws -> Duration? {
    guard let count else { return nil }
    guard count <= 365 * 86400 else {
      throw WherryError(.invalidArgument, "a timeout of \(count) seconds is more than a year")
    }
    return .seconds(Int64(count))
  }
}

extension ContainerSpec {
  var auditName: String { name.map { "\($0) of \(image)" } ?? image }
  var isPrivileged: Bool { security?.privileged ?? false }
}
