import CWherryLinux
import Glibc

/// Hashes of passwords as crypt(3) knows them: bcrypt (`$2y$`), SHA-512 (`$6$`), yescrypt (`$y$`) and others.
package enum PasswordHash {
  /// Whether `password` is the one that `hash` was made of. Takes as long as the hash wants, often 0.1 s. Throws where
  /// there is no libcrypt.so.1 (Debian: libcrypt1) or it does not know such a hash.
  package static func matches(_ password: String, _ hash: String) throws(SystemError) -> Bool {
    guard !password.utf8.contains(0), !hash.utf8.contains(0) else { return false }
    var output = [CChar](repeating: 0, count: 384)
    let number = wherry_crypt(password, hash, &output, Int32(output.count))
    if number == ENOENT { throw SystemError(errno: ENOENT, "load", "libcrypt.so.1") }
    if number != 0 { throw SystemError(errno: number, "check", "a password's hash") }
    return equal(output.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, Array(hash.utf8))
  }

  /// In a time that does not tell where they differ.
  private static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
