import WherryLinux
package import WherryModel

extension RegistryStore {
  private var mark: String { path + "/proxy" }

  /// Says whose content this storage keeps, or that it is nobody's but its own. Throws `conflict` where it is
  /// something else already: what upstream does not know is removed from a copy, and a copy takes no push.
  package func claim(upstream: String?) throws(WherryError) {
    let problem = try WherryError.converting("the registry's storage \(path)") {
      () throws(SystemError) -> WherryError? in
      let found = try Files.readIfPresent(mark, maximum: 4096).map { String(decoding: $0, as: UTF8.self) }
      if found == upstream.map({ $0 + "\n" }) { return nil }
      if let found {
        let owner = String(found.prefix { $0 != "\n" })
        return WherryError(
          .conflict, "the registry in \(path) keeps what is fetched from \(owner.debugDescription)",
          hint: "give --proxy \(owner), or another folder with --storage")
      }
      guard let upstream else { return nil }
      guard try names(in: repositories).isEmpty else {
        return WherryError(
          .conflict, "the registry in \(path) has images of its own",
          hint: "give the copy of \(upstream) another folder with --storage")
      }
      try DurableFile.write(mark, Array("\(upstream)\n".utf8), mode: 0o640)
      return nil
    }
    if let problem { throw problem }
  }
}
