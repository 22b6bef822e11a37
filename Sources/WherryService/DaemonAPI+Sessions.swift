import WherryEngine
import WherryModel
package import WherryRPC
package import WherryWire

extension DaemonAPI {
  package func containerRun(
    _ params: ContainerRunParams, input: ItemSource<SessionInput>, output: ItemSink<SessionOutput>,
    context: CallContext
  ) async throws -> ContainerRunResult {
    try await serve(context, params.spec.auditName, privileges: params.spec.privileges) {
      let platform = try params.platform.map { text in try Platform(text) }
      try await ProgressRelay.run { item in
        try await output.send(SessionOutput(progress: item))
      } body: { progress in
        try await engine.images.ensure(
          params.spec.image, policy: params.pull ?? .missing, platform: platform, progress: progress)
      }
      let created = try await engine.containers.create(params.spec, toRun: true)
      let id = created.id.rawValue
      do {
        if !created.warnings.isEmpty { try await output.send(SessionOutput(warnings: created.warnings)) }
        try Task.checkCancellation()
        if params.detach ?? false {
          try await engine.containers.start(id)
          try await output.send(SessionOutput(started: id))
          return ContainerRunResult(id: id)
        }
      } catch {
        await abandon(id, of: params.spec)
        throw error
      }
      return try await runAttached(id, params.spec, input, output)
    }
  }

  private func runAttached(
    _ id: String, _ spec: ContainerSpec, _ input: ItemSource<SessionInput>, _ output: ItemSink<SessionOutput>
  ) async throws -> ContainerRunResult {
    let session = try await engine.containers.startAttached(id)
    let exit = try await SessionRelay(session: session, takesInput: spec.openStdin ?? false)
      .run(input: input, output: output, started: id)
    // Recorded, and removed where it removes itself, before the caller hears of the end.
    try await engine.containers.settle(id)
    return ContainerRunResult(id: id, exitCode: UInt64(exit.code))
  }

  /// A container that removes itself at its end has none when it never began.
  private func abandon(_ id: String, of spec: ContainerSpec) async {
    guard spec.autoRemove ?? false else { return }
    await engine.containers.removeUnstarted(id)
  }

  package func containerAttach(
    _ params: ContainerAttachParams, input: ItemSource<SessionInput>, output: ItemSink<SessionOutput>,
    context: CallContext
  ) async throws -> ContainerAttachResult {
    try await serve(context, params.container) {
      let container = try await engine.containers.inspect(params.container).record
      let session = try await engine.containers.attach(container.id, starting: params.start ?? false)
      let takesInput = (container.spec.openStdin ?? false) && !(params.noInput ?? false)
      let exit = try await SessionRelay(session: session, takesInput: takesInput)
        .run(input: input, output: output, started: container.id)
      try await engine.containers.settle(container.id)
      return ContainerAttachResult(exitCode: UInt64(exit.code))
    }
  }

  package func containerExec(
    _ params: ContainerExecParams, input: ItemSource<SessionInput>, output: ItemSink<SessionOutput>,
    context: CallContext
  ) async throws -> ContainerExecResult {
    try await serve(context, params.container, privileges: params.privileged ?? false ? ["privileged"] : []) {
      let request = ExecRequest(
        command: params.command, environment: params.environment ?? [],
        workingDirectory: params.workingDirectory, user: params.user, openStdin: params.openStdin ?? false,
        terminal: params.terminal ?? false, privileged: params.privileged ?? false)
      if params.detach ?? false {
        try await engine.containers.execDetached(params.container, request)
        return ContainerExecResult()
      }
      let session = try await engine.containers.exec(params.container, request)
      let exit = try await SessionRelay(session: session, takesInput: request.openStdin)
        .run(input: input, output: output, started: ContainerID.random().rawValue)
      return ContainerExecResult(exitCode: UInt64(exit.code))
    }
  }
}
