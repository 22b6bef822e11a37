import WherryModel
import WherryWire

/// What `version` prints: the client always, the server where it answers.
enum VersionView {
  static func value(clientVersion: String, server: SystemVersionResult?) -> Value {
    let platform = Platform.current
    let client: Value = [
      "Version": .string(clientVersion),
      "Os": .string(platform.os),
      "Arch": .string(platform.architecture),
    ]
    guard let server else { return ["Client": client, "Server": nil] }
    return [
      "Client": client,
      "Server": [
        "Version": .string(server.version),
        "Protocol": .unsigned(server.protocol),
        "Os": .string(server.os),
        "Arch": .string(server.architecture),
        "KernelVersion": .string(server.kernel),
        "Runtime": .string(server.runtime),
        "RuntimeVersion": .string(server.runtimeVersion),
        "Supervisor": .string(server.supervisor),
      ],
    ]
  }

  static func text(clientVersion: String, server: SystemVersionResult?) -> String {
    let platform = Platform.current
    var text = "Client: Wherry\n"
    text += line("Version", clientVersion)
    text += line("OS/Arch", "\(platform.os)/\(platform.architecture)")
    guard let server else { return text }
    text += "\nServer: Wherry\n"
    text += line("Version", server.version)
    text += line("Protocol", String(server.protocol))
    text += line("OS/Arch", "\(server.os)/\(server.architecture)")
    text += line("Kernel", server.kernel)
    text += line("Runtime", server.runtime)
    text += line("Runtime version", server.runtimeVersion)
    text += line("Supervisor", server.supervisor)
    return text
  }

  private static func line(_ name: String, _ value: String) -> String {
    let label = name + ":"
    return " " + label + String(repeating: " ", count: max(1, 18 - label.count)) + Sanitise.metadata(value)
      + "\n"
  }
}
