import ArgumentParser
import Glibc
import WherryModel
import WherryOCI
import WherryRPC
import WherryWire

struct LoginVerb: Verb {
  static let synopsis = "login [OPTIONS] [SERVER]"
  static let configuration: CommandConfiguration = describe("login", "Authenticate to a registry")
  static let flagSet = FlagSet(flags: [
    .value("username", "u"), .value("password", "p"), .toggle("password-stdin"), .value("authfile"),
  ])

  @Option(name: [.customShort("u"), .long], help: "Username")
  var username: String?
  @Option(
    name: [.customShort("p"), .long], help: "Password or token; visible to other users of this machine")
  var password: String?
  @Flag(help: "Take the password from stdin")
  var passwordStdin = false
  @Option(help: "File to store the credentials in, such as /etc/wherry/auth.json for the device itself")
  var authfile: String?
  @Argument(help: "Server")
  var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, 0...1)
    let domain = RegistryName.domain(words.first)
    if password != nil, passwordStdin {
      throw UsageError(message: "--password and --password-stdin are mutually exclusive", exitCode: 1)
    }
    if passwordStdin, username == nil {
      throw UsageError(message: "Must provide --username with --password-stdin", exitCode: 1)
    }
    if password != nil {
      context.console.warn("Using --password via the CLI is insecure. Use --password-stdin.")
    }
    let user = try username ?? SecretPrompt.ask("Username: ", hidden: false)
    let secret =
      try passwordStdin
      ? SecretPrompt.all() : password ?? SecretPrompt.ask("Password: ", hidden: true)
    guard !user.isEmpty, !user.contains(":"), !secret.isEmpty else {
      throw UsageError(message: "a user (without a colon) and a password are needed", exitCode: 1)
    }
    let client = try await context.connect()
    _ = try await client.imageLogin(
      ImageLoginParams(registry: domain, credential: Base64.encode("\(user):\(secret)")))
    let credentials = try authfile.map(ClientCredentials.init(file:)) ?? ClientCredentials()
    let place = try await credentials.store(user: user, password: secret, for: domain)
    context.console.note("The credentials are in \(place).")
    try context.console.print("Login Succeeded")
    return 0
  }
}

struct LogoutVerb: Verb {
  static let synopsis = "logout [OPTIONS] [SERVER]"
  static let configuration: CommandConfiguration = describe("logout", "Log out from a registry")
  static let flagSet = FlagSet(flags: [.value("authfile")])

  @Option(help: "File the credentials are in")
  var authfile: String?
  @Argument(help: "Server")
  var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, 0...1)
    let domain = RegistryName.domain(words.first)
    let credentials = try authfile.map(ClientCredentials.init(file:)) ?? ClientCredentials()
    let found = try await credentials.remove(domain)
    try context.console.print(
      found ? "Removing login credentials for \(domain)" : "Not logged in to \(domain)")
    return 0
  }
}

/// What a user calls a registry.
enum RegistryName {
  /// `https://reg.example/v2/` is `reg.example`; nothing is Docker Hub.
  static func domain(_ text: String?) -> String {
    guard let text, !text.isEmpty else { return Reference.defaultDomain }
    var rest = text[...]
    for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
    let host = String(rest.prefix { $0 != "/" }).lowercased()
    return host == "index.docker.io" ? Reference.defaultDomain : host
  }
}

/// Asks at the terminal.
enum SecretPrompt {
  static func ask(_ question: String, hidden: Bool) throws -> String {
    guard isatty(STDIN_FILENO) == 1 else {
      throw UsageError(
        message: "Cannot perform an interactive login from a non TTY device", exitCode: 1,
        hint: "use --username and --password-stdin")
    }
    try Console.write(Array(question.utf8)[...], to: STDERR_FILENO)
    var old = termios()
    if hidden, tcgetattr(STDIN_FILENO, &old) == 0 {
      var silent = old
      silent.c_lflag &= ~tcflag_t(ECHO)
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
    }
    let answer = readLine() ?? ""
    if hidden {
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &old)
      try Console.write(Array("\n".utf8)[...], to: STDERR_FILENO)
    }
    return answer
  }

  /// All of standard input, at most 64 KiB, without the line's end.
  static func all() throws -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while bytes.count <= 64 << 10 {
      let count = read(STDIN_FILENO, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    while let last = bytes.last, last == 0x0a || last == 0x0d { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }
}
