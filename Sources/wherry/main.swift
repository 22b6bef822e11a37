import Glibc
import WherryCommands
import WherryDaemon
import WherryImages
import WherryRuntime

let words = Array(CommandLine.arguments.dropFirst())
switch words.first {
case "fetch":
  // Before anything else: the worker confines itself while it has one thread.
  FetchWorker.main(Array(words.dropFirst()))
case "daemon":
  exit(await DaemonCommand.serve(Array(words.dropFirst())))
case "internal" where words.dropFirst().first?.hasPrefix("container-") ?? false:
  // Hooks of containers' units.
  exit(await ExitHook.main(Array(words.dropFirst())))
default:
  exit(await ClientMain.run(words))
}
