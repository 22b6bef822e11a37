import ArgumentParser
import WherryRPC
import WherryWire

struct WaitVerb: Verb {
  static let synopsis = "wait CONTAINER [CONTAINER...]"
  static let configuration: CommandConfiguration = describe(
    "wait", "Block until one or more containers stop, then print their exit codes")
  static let flagSet = FlagSet(flags: [])

  @Argument var containers: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(containers, .atLeast(1))
    let client = try await context.connect()
    var failed = false
    for name in containers {
      do {
        let result = try await client.containerWait(ContainerWaitParams(container: name))
        if let error = result.error, !error.isEmpty { context.console.warn("\(name): \(error)") }
        try context.console.print(String(result.exitCode))
      } catch let error as ConsoleError {
        throw error
      } catch {
        failed = true
        context.console.report(error)
      }
    }
    return failed ? 1 : 0
  }
}
