import WherryLinux
import WherryModel
import WherryStore
import WherryWire

extension VolumeRecord {
  /// What it holds is in its own folder: nothing is mounted there.
  var isFolder: Bool { driver == LocalDriver.name && options == nil }
  var isPlugins: Bool { driver != LocalDriver.name }
}

/// Volumes of plugins. The plugin's path is bound over the volume's own folder while somebody uses it, so that all else
/// is as with a volume of the device's. Each user's mark stands for one mount at the plugin, made before and unmade after it.
extension Volumes {
  /// Where an unmount is owed to the plugin, the mark of the user is renamed to this and its name.
  private static let owed = "owed-"

  static func isOwed(_ name: String) -> Bool { name.hasPrefix(owed) }

  /// A driver's own word on names, options and whether it is there. Before anything is made.
  func createAtPlugin(_ record: VolumeRecord) async throws {
    guard record.isPlugins else { return }
    do {
      try await plugins.create(record.driver, volume: record.name, options: record.options ?? [:])
    } catch {
      let error = WherryError.wrapping(error)
      throw WherryError(error.code, "create \(record.name): \(error.message)", hint: error.hint, cause: error)
    }
  }

  /// In the volume's lane, with the user's mark written. Binds the plugin's folder where none is bound yet.
  func mountAtPlugin(_ record: VolumeRecord, user: String) async throws {
    let (name, data) = (record.name, data(record.name))
    let path: String
    do {
      try await payOwed(record, besides: user)
      path = try await plugins.mount(record.driver, volume: name, user: user)
    } catch {
      let error = WherryError.wrapping(error)
      throw WherryError(
        error.code, "error while mounting volume '\(name)': \(error.message)",
        hint: error.hint ?? "wherry plugin inspect \(record.driver)", cause: error)
    }
    try Self.check(path, of: record)
    let folder = run.volumeUsers(try VolumeName(name))
    try await mounts.run { () throws(WherryError) in
      do throws(SystemError) {
        if try WherryLinux.Mount.isMounted(data) {
          guard try Self.marks(folder).allSatisfy({ $0 == user }) else { return }
          // Nobody else's: what a daemon that was killed has left, and perhaps not where the plugin has it now.
          try Self.unmount(data)
        }
        try WherryLinux.Mount.mount(path, on: data, flags: [.bind, .recursive])
        // What is unmounted here must stay where the plugin has it.
        do throws(SystemError) {
          try WherryLinux.Mount.mount("none", on: data, flags: [.slave, .recursive])
        } catch {
          try WherryLinux.Mount.unmount(data, [.noFollow, .detach])
          throw error
        }
      } catch {
        throw WherryError(
          .failedPrecondition,
          "error while mounting volume '\(name)': plugin \(record.driver) gave \(Printable.text(path)): \(error.reason)",
          hint: "the plugin must give a folder that is there", cause: error)
      }
    }
  }

  private static func check(_ path: String, of record: VolumeRecord) throws(WherryError) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    guard path.utf8.count <= 4095, path.hasPrefix("/"), !path.utf8.contains(0), path != "/",
      !parts.contains(where: { $0 == ".." || $0 == "." })
    else {
      throw WherryError(
        .failedPrecondition,
        "error while mounting volume '\(record.name)': plugin \(record.driver) gave \(Printable.text(String(path.prefix(80)))), "
          + "which is no absolute path of a folder",
        hint: "the plugin is at fault: its mount must give an absolute path without . and ..")
    }
  }

  /// Of the last user. Before the plugin is told.
  func unbind(_ record: VolumeRecord, lastUser user: String) async throws {
    let folder = run.volumeUsers(try VolumeName(record.name))
    let data = data(record.name)
    try await mounts.run { () throws(WherryError) in
      try WherryError.converting("unmount volume \(record.name)") { () throws(SystemError) in
        guard try Self.marks(folder).allSatisfy({ $0 == user }) else { return }
        try Self.unmount(data)
      }
    }
  }

  static func unmount(_ data: String) throws(SystemError) {
    guard try WherryLinux.Mount.isMounted(data) else { return }
    try WherryLinux.Mount.unmountAllInUse(data)
  }

  /// Tells the plugin that a user has done with its volume. Where that fails it is noted, told, and made up for later: a
  /// container's end does not wait for a plugin that is gone.
  func unmountAtPlugin(_ record: VolumeRecord, user: String) async throws {
    try await unbind(record, lastUser: user)
    let folder = run.volumeUsers(try VolumeName(record.name))
    let isMarked = try await pool.run { () throws(SystemError) in try Files.exists("\(folder)/\(user)") }
    guard isMarked else { return }
    do {
      try await plugins.unmount(record.driver, volume: record.name, user: user)
    } catch {
      settings.report(
        "volume \(record.name): \(WherryError.wrapping(error)); it is told again when the volume is next used, ignoring"
      )
      try await pool.run { () throws(SystemError) in
        try Files.rename("\(folder)/\(user)", to: "\(folder)/\(Self.owed)\(user)")
      }
    }
  }

  /// Unmounts that a plugin has not been told of. In the volume's lane. Throws where the plugin still cannot be told.
  /// `user` has a mark already, and nothing mounted.
  func payOwed(_ record: VolumeRecord, besides user: String = "") async throws {
    guard record.isPlugins else { return }
    let folder = run.volumeUsers(try VolumeName(record.name))
    let debts = try await pool.run { () throws(SystemError) in
      try Files.exists(folder) ? try Files.list(folder).filter(Self.isOwed) : []
    }
    if debts.isEmpty { return }
    // A daemon that was killed has left it bound; whoever else uses it has a mark.
    try await unbind(record, lastUser: user)
    for debt in debts.sorted() {
      let user = String(debt.dropFirst(Self.owed.count))
      try await plugins.unmount(record.driver, volume: record.name, user: user)
      try await pool.run { () throws(SystemError) in _ = try Files.unlink("\(folder)/\(debt)") }
    }
    try await pool.run { () throws(SystemError) in
      if try Files.list(folder).isEmpty { try Files.removeDirectory(folder) }
    }
  }

  /// After a daemon that was killed: what it owed, and its own callers, which are gone.
  func payAllOwed() async {
    for record in table.records where record.isPlugins {
      do {
        try await lanes.run(record.name) { try await payOwed(record) }
      } catch {
        settings.report("volume \(record.name): \(WherryError.wrapping(error)), ignoring")
      }
    }
  }

  /// Callers of a daemon that was killed are gone.
  static func forgetCallers(_ run: RunDirectory, _ records: [VolumeRecord]) throws(SystemError) {
    for record in records {
      let folder = "\(run.volumes)/\(record.name)"
      for mark in try marks(folder) where mark.hasPrefix("call-") {
        if record.isPlugins {
          try Files.rename("\(folder)/\(mark)", to: "\(folder)/\(owed)\(mark)")
        } else {
          try Files.unlink("\(folder)/\(mark)")
        }
      }
    }
  }
}
