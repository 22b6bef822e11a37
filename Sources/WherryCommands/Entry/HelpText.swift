import ArgumentParser

/// `wherry --help`.
enum HelpText {
  static func overview(group: String?) -> String {
    let title = group.map { "wherry \($0) COMMAND" } ?? "wherry [OPTIONS] COMMAND"
    let verbs = group.flatMap { VerbTable.groups[$0] } ?? VerbTable.verbs
    var text = "Usage:  \(title)\n\nA container engine for devices\n\nCommands:\n"
    let names = verbs.keys.sorted()
    let width = (names.map(\.count).max() ?? 0) + 3
    for name in names {
      let abstract = verbs[name]?.configuration.abstract ?? ""
      text += "  \(name)\(String(repeating: " ", count: width - name.count))\(abstract)\n"
    }
    if group == nil {
      text += """
          daemon\(String(repeating: " ", count: max(1, width - 6)))Run the service
          registry\(String(repeating: " ", count: max(1, width - 8)))Serve images to other machines

        Options:
          -c, --context string     Name of the context to use (overrides $WHERRY_HOST and the
                                   one set with "wherry context use")
          -H, --host string        Daemon to connect to: unix:///PATH, tcp://HOST[:2378] (always
                                   TLS) or ssh://[USER@]HOST (default $WHERRY_HOST)
              --tlscacert string   Trust certificates of this CA only, with tcp://
              --tlscert string     Certificate to show, with tcp://
              --tlskey string      Its key
          -v, --version            Print version information and quit
              --help               Print this

        """
    }
    let command = group.map { "wherry \($0)" } ?? "wherry"
    return text + "\nRun '\(command) COMMAND --help' for more information on a command.\n"
  }
}
