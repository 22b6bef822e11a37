import WherryLinux
package import WherryModel

/// Something damaged that was found, and where it was set aside.
package struct Damage: Sendable {
  package var path: String
  package var reason: WherryError
  /// Nil where it could not be moved and was left in place.
  package var movedTo: String?
}

/// Sets damaged things aside. It never deletes.
struct Quarantine: Sendable {
  let folder: String

  /// Moves `path` into the folder under a name of its own.
  func take(_ path: String, because reason: WherryError) -> Damage {
    let name = path.split(separator: "/").suffix(2).joined(separator: "-")
    let target = "\(folder)/\(name.prefix(180)).\(String(UInt64.random(in: .min ... .max), radix: 36))"
    do {
      try DurableFile.move(path, to: target)
      return Damage(path: path, reason: reason, movedTo: target)
    } catch {
      return Damage(path: path, reason: reason, movedTo: nil)
    }
  }
}
