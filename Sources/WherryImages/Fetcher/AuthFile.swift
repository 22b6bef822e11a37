import WherryLinux
import WherryModel
import WherryOCI

/// The daemon's file of credentials.
enum AuthFile {
  /// `user:password` in base64 for a reference's domain; nil where there is none.
  static func credential(for domain: String, in path: String?, pool: BlockingPool) async throws -> String? {
    guard let path else { return nil }
    switch try await pool.run({ () throws(WherryError) in try entry(for: domain, in: path) }) {
    case nil: return nil
    case .stored(let auth)?: return auth
    case .helper(let name, let key)?:
      guard let answer = try await CredentialHelper.find(name, key) else { return nil }
      return Base64.encode(try CredentialFile.answer(answer, from: name))
    }
  }

  /// Blocks.
  static func entry(for domain: String, in path: String) throws(WherryError) -> CredentialFile.Entry? {
    let bytes = try WherryError.converting("read \(path)") { () throws(SystemError) in
      try Files.readIfPresent(path, maximum: CredentialFile.maximumSize)
    }
    guard let bytes else { return nil }
    return try CredentialFile(json: bytes, path: path).entry(for: domain)
  }
}
