import Synchronization
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
///
/// Who reads sees damage also where somebody is just putting something whole in that place. So damage is looked
/// at a second time with `lock` held, and what puts things there or takes them away holds it too. Reading does not.
final class Quarantine: Sendable {
  let folder: String
  private let lock = Mutex(())

  init(folder: String) {
    self.folder = folder
  }

  /// Runs `body`, which makes something appear or vanish, apart from all setting aside.
  func moving<Value>(_ body: () throws(WherryError) -> Value) throws(WherryError) -> Value {
    try lock.withLock { (_) throws(WherryError) in try body() }
  }

  /// What `read` gives. Where that is `dataLoss`, again with the lock held, `path` is set aside, `report` is told,
  /// and there is nothing.
  func reading<Value>(
    _ path: String, report: (Damage) -> Void, _ read: () throws(WherryError) -> Value?
  ) throws(WherryError) -> Value? {
    do {
      return try read()
    } catch {
      guard error.code == .dataLoss else { throw error }
    }
    var damage: Damage?
    let value = try moving { () throws(WherryError) -> Value? in
      do throws(WherryError) {
        return try read()
      } catch {
        guard error.code == .dataLoss else { throw error }
        damage = take(path, because: error)
        return nil
      }
    }
    if let damage { report(damage) }
    return value
  }

  /// Moves `path` into the folder under a name of its own, which begins with `prefix`.
  func take(_ path: String, because reason: WherryError, prefix: String = "") -> Damage {
    let name = prefix + path.split(separator: "/").suffix(2).joined(separator: "-")
    let target = "\(folder)/\(name.prefix(180)).\(RandomName.next())"
    do {
      try DurableFile.move(path, to: target)
      return Damage(path: path, reason: reason, movedTo: target)
    } catch {
      return Damage(path: path, reason: reason, movedTo: nil)
    }
  }
}
