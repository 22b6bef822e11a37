import WherryClient
import WherryLinux
import WherryModel
import WherryOCI

/// The user's credentials for registries, which go to the device with the calls that need them.
///
/// Read from the first of these that has an entry: `REGISTRY_AUTH_FILE` (alone, where it is set), `auth.json` in the
/// client's folder, containers' `auth.json`, Docker's `config.json`. Written to the first.
struct ClientCredentials {
  private let files: [String]

  init(_ environment: (String) -> String? = Context.environment) throws(WherryError) {
    if let file = environment("REGISTRY_AUTH_FILE"), !file.isEmpty {
      files = [file]
      return
    }
    var found: [String] = []
    if let folder = try ClientFolder.find(environment) { found.append("\(folder.path)/auth.json") }
    if let runtime = environment("XDG_RUNTIME_DIR") { found.append("\(runtime)/containers/auth.json") }
    if let home = environment("HOME") { found.append("\(home)/.config/containers/auth.json") }
    if let docker = environment("DOCKER_CONFIG") ?? environment("HOME").map({ "\($0)/.docker" }) {
      found.append("\(docker)/config.json")
    }
    files = found
  }

  /// `file` only, for `--authfile`.
  init(file: String) {
    files = [file]
  }

  /// `user:password` in base64; nil where there is none.
  func credential(for domain: String) async throws -> String? {
    for path in files {
      switch try read(path).entry(for: domain) {
      case nil: continue
      case .stored(let auth)?: return auth
      case .helper(let name, let key)?:
        guard let answer = try await CredentialHelper.find(name, key, environment: Self.helperEnvironment)
        else { return nil }
        return Base64.encode(try CredentialFile.answer(answer, from: name))
      }
    }
    return nil
  }

  /// Returns where it is now.
  func store(user: String, password: String, for domain: String) async throws -> String {
    let path = try target()
    var file = try read(path)
    if let name = try file.helper(for: domain) {
      let entry = ["ServerURL": CredentialFile.key(domain), "Username": user, "Secret": password]
      _ = try await helper(name).run("store", try StrictJSON.encode(entry))
      file.set(nil, for: domain)
      try write(file, path)
      return "docker-credential-\(name)"
    }
    file.set(Base64.encode("\(user):\(password)"), for: domain)
    try write(file, path)
    return path
  }

  /// False where there was nothing.
  func remove(_ domain: String) async throws -> Bool {
    let path = try target()
    var file = try read(path)
    var found = false
    if let name = try file.helper(for: domain) {
      _ = try await helper(name).run("erase", Array(CredentialFile.key(domain).utf8))
      found = true
    }
    if file.remove(domain) {
      try write(file, path)
      found = true
    }
    return found
  }

  /// What a helper may need of the user's environment.
  private static var helperEnvironment: [String] {
    ["HOME", "USER", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "PASSWORD_STORE_DIR"]
      .compactMap { key in Context.environment(key).map { "\(key)=\($0)" } }
  }

  private func helper(_ name: String) throws(WherryError) -> CredentialHelper {
    try CredentialHelper(name, environment: Self.helperEnvironment)
  }

  private func target() throws(WherryError) -> String {
    guard let first = files.first else {
      throw WherryError(
        .failedPrecondition, "there is no file for credentials", hint: "set HOME or REGISTRY_AUTH_FILE")
    }
    return first
  }

  private func read(_ path: String) throws(WherryError) -> CredentialFile {
    let bytes = try WherryError.converting("read \(path)") { () throws(SystemError) in
      try Files.readIfPresent(path, maximum: CredentialFile.maximumSize)
    }
    return try CredentialFile(json: bytes ?? [], path: path)
  }

  private func write(_ file: CredentialFile, _ path: String) throws(WherryError) {
    let bytes = try file.json()
    try WherryError.converting("write \(path)") { () throws(SystemError) in
      if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
        try Files.makeDirectories(String(path[..<slash]))
      }
      try DurableFile.write(path, bytes, mode: 0o600)
    }
  }
}
