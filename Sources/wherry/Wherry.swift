import Glibc
import WherryCommands
import WherryDaemon
import WherryImages
import WherryLinux
import WherryRuntime

/// The binary's faces. Those that a container's unit starts come first and need neither threads nor tasks: they run at
/// every start and end of a container.
@main
struct Wherry {
  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    switch words.first {
    case "fetch":
      // Before anything else: the worker confines itself while it has one thread.
      FetchWorker.main(Array(words.dropFirst()))
    case "hold-user-namespace":
      // Likewise.
      UserNamespaceHolder.main(Array(words.dropFirst()))
    case "daemon":
      // While there is one thread: those that are there have an arena each already.
      ProcessMemory.useOneArena()
      run { await DaemonCommand.serve(Array(words.dropFirst())) }
    case "registry":
      run { await RegistryCommand.main(Array(words.dropFirst())) }
    case "internal" where words.dropFirst().first?.hasPrefix("container-") ?? false:
      // Hooks of containers' units.
      let rest = Array(words.dropFirst())
      if let code = ExitHook.mainWithoutTasks(rest) { exit(code) }
      run { await ExitHook.main(rest) }
    default:
      run { await ClientMain.run(words) }
    }
  }

  /// `body` gives the exit code. Nothing runs on the main thread meanwhile.
  private static func run(_ body: @escaping @Sendable () async -> Int32) -> Never {
    Task.detached { exit(await body()) }
    while true { pause() }
  }
}
