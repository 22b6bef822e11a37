package import ArgumentParser
import Glibc
import WherryModel
import WherryRegistry

/// `wherry registry`: an image registry of one's own. It has nothing to do with the daemon, and runs beside it.
package struct RegistryCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "wherry registry", abstract: "Serve images to other machines",
    subcommands: [RegistryServe.self, RegistryPruneCommand.self])

  static let defaultStorage = "/var/lib/wherry/registry"

  package init() {}

  /// `arguments` follow the word `registry`; gives the exit code, 125 for words that cannot be understood.
  package static func main(_ arguments: [String]) async -> Int32 {
    do {
      var command = try parseAsRoot(arguments)
      if let serve = command as? RegistryServe { return await serve.serve() }
      try command.run()
      return 0
    } catch let error as WherryError {
      note("wherry: \(error.message)" + (error.hint.map { "\nhint: \($0)" } ?? ""))
      return 1
    } catch {
      let code = exitCode(for: error)
      let text = fullMessage(for: error)
      if code == .success {
        print(text)
        return 0
      }
      note(text)
      return code == .validationFailure ? 125 : 1
    }
  }

  static func note(_ text: String) {
    let line = Array((text + "\n").utf8)
    write(STDERR_FILENO, line, line.count)
  }
}
