import WherryRPC
import WherryWire

/// `run -d`: shows the pull if there is one, then prints the ID.
enum DetachedRun {
  static func run(
    _ call: Call<SessionInput, SessionOutput, ContainerRunResult>, progress: PullPrinter, console: Console,
    started: (String) throws -> Void = { _ in }
  ) async throws -> Int32 {
    defer { progress.finish() }
    call.end()
    for try await output in call.output {
      for warning in output.warnings ?? [] { console.warn(warning) }
      if let update = output.progress { progress.update(update) }
    }
    let result = try await call.result()
    progress.finish()
    try started(result.id)
    try console.print(result.id)
    return 0
  }
}
