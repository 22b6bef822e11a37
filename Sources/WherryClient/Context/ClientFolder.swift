package import WherryModel

/// Where a user's settings of the client are: `WHERRY_CONFIG`, else `wherry` in `XDG_CONFIG_HOME`, else
/// `~/.config/wherry`.
package struct ClientFolder: Sendable {
  package let path: String

  package init(path: String) {
    self.path = path
  }

  /// Nil where none of the variables is set; throws where the first that is set is no absolute path.
  package static func find(_ environment: (String) -> String?) throws(WherryError) -> ClientFolder? {
    for (name, suffix) in [
      ("WHERRY_CONFIG", ""), ("XDG_CONFIG_HOME", "/wherry"), ("HOME", "/.config/wherry"),
    ] {
      guard let value = environment(name), !value.isEmpty else { continue }
      guard value.hasPrefix("/"), !value.utf8.contains(0), value.utf8.count <= 1024 else {
        throw WherryError(
          .invalidArgument,
          "\(name) is \(String(value.prefix(80)).debugDescription), which is no absolute path")
      }
      return ClientFolder(path: value + suffix)
    }
    return nil
  }

  /// The same, where there must be one.
  package static func require(_ environment: (String) -> String?) throws(WherryError) -> ClientFolder {
    guard let folder = try find(environment) else {
      throw WherryError(
        .failedPrecondition, "there is no folder for the client's settings", hint: "set HOME or WHERRY_CONFIG"
      )
    }
    return folder
  }

  var settings: String { path + "/config.json" }
  var contexts: String { path + "/contexts" }
}
