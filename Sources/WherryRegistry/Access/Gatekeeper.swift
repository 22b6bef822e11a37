import Synchronization
import WherryLinux
package import WherryModel
import WherryStore

/// Lets in who has a password of the file. Without a file everybody is let in.
package final class Gatekeeper: Sendable {
  private struct State {
    var file: PasswordFile?
    var status: FileStatus?
    /// Headers that were right with this file, by a digest with a secret of this process: a hash that is slow on
    /// purpose is not computed for every request.
    var known: Set<Digest> = []
  }

  private enum Finding: Sendable {
    case known
    /// The hash to compare with, and the file it is from.
    case unknown(hash: String, isName: Bool, FileStatus?)
  }

  private static let maximumKnown = 256
  /// Of those whose passwords wait for being compared.
  private static let maximumWaiting = 32
  /// Compared with for a name that is not in a file without any.
  private static let nobody = "$2y$05$wherryregistrynobody2uYscwWOpFDsKsIzZJ7XtVUQwpgiKV266"

  private let path: String?
  /// Two at most at a time: whoever guesses passwords does not take the processors away.
  private let pool = BlockingPool(maximumThreads: 2)
  /// Apart from it: whoever is known does not wait for those who guess.
  private let reader = BlockingPool(maximumThreads: 1)
  private let state = Mutex(State())
  private let waiting = Mutex(0)
  private let secret = RandomName.next() + RandomName.next()

  /// Throws what is wrong with the file.
  package init(passwords path: String?) throws(WherryError) {
    self.path = path
    if path != nil { try reload() }
  }

  package var asksForPasswords: Bool { path != nil }

  /// The name that an Authorization header proves; empty where nobody is asked. Throws what the client is told.
  package func check(_ header: String?) async throws -> String {
    guard path != nil else { return "" }
    guard let credentials = BasicCredentials(header) else { throw Self.refusal }
    let proof = Digest.sha256(of: Array("\(secret) \(credentials.name):\(credentials.password)".utf8))
    let finding = try await reader.run { () throws -> Finding in
      try self.reload()
      return self.state.withLock { state in
        if state.known.contains(proof) { return .known }
        let hash = state.file?.hashes[credentials.name]
        // As slow as the slowest, so that a name that is none takes as long.
        return .unknown(hash: hash ?? state.file?.costliest ?? Self.nobody, isName: hash != nil, state.status)
      }
    }
    guard case .unknown(let hash, let isName, let status) = finding else { return credentials.name }
    try enter()
    defer { waiting.withLock { $0 -= 1 } }
    let matches = try await pool.run { () throws -> Bool in
      try PasswordHash.matches(credentials.password, hash)
    }
    guard matches, isName else { throw Self.refusal }
    remember(proof, status)
    return credentials.name
  }

  private func enter() throws(RegistryProblem) {
    let hasRoom = waiting.withLock { waiting in
      guard waiting < Self.maximumWaiting else { return false }
      waiting += 1
      return true
    }
    guard hasRoom else {
      throw RegistryProblem(
        429, .tooManyRequests, "too many passwords wait for being checked",
        headers: [RegistryHeader("Retry-After", "1")])
    }
  }

  /// Not what was right with another file than that which is read now: it may have been revoked.
  private func remember(_ proof: Digest, _ status: FileStatus?) {
    state.withLock { state in
      guard state.status == status else { return }
      if state.known.count >= Self.maximumKnown { state.known = [] }
      state.known.insert(proof)
    }
  }

  /// Reads the file again where it has changed.
  private func reload() throws(WherryError) {
    guard let path else { return }
    let status: FileStatus
    let text: String
    do {
      status = try Files.status(path, following: true)
      if state.withLock({ $0.status == status }) { return }
      text = try Files.readText(path, maximum: PasswordFile.maximumSize)
    } catch {
      throw WherryError(error, "the password file \(path)", hint: "make one with: htpasswd -cB \(path) NAME")
    }
    let file = try PasswordFile(text, path: path)
    state.withLock { $0 = State(file: file, status: status) }
  }

  private static let refusal = RegistryProblem(
    401, .unauthorized, "authentication required",
    headers: [RegistryHeader("WWW-Authenticate", "Basic realm=\"Wherry registry\", charset=\"UTF-8\"")])
}
