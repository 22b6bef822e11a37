package import WherryLinux

/// Goes through a tree in the order of `ListedFile.precedes`. Holds the names of the folders on the way, and one
/// descriptor besides the tree's, however deep it is.
package final class TreeLister {
  package struct Item {
    package var path: [UInt8]
    package var status: FileStatus
  }

  /// A folder that cannot be listed, or a file whose status cannot be had.
  package struct Failure: Error {
    package var path: [UInt8]
    package var cause: SystemError
  }

  private struct Level {
    var path: [UInt8]
    /// The last is the next.
    var names: [[UInt8]]
  }

  private let tree: FileDescriptor
  private var levels: [Level] = []
  private var folder: FileDescriptorBox?
  private var pending: Item?
  private var hasBegun = false

  private static let plain: ResolveFlags = [.beneath, .noSymbolicLinks, .noMagicLinks, .noCrossingMounts]

  package init(_ path: String) throws(SystemError) {
    tree = try FileDescriptor.open(path, [.directory, .noFollow])
  }

  /// The tree itself first. A folder is entered with the call after it was given, unless `skip` is called before. What
  /// could not be looked at is passed over by the next call.
  package func next() throws(Failure) -> Item? {
    if !hasBegun {
      hasBegun = true
      let status = try Self.at([]) { () throws(SystemError) in try tree.status() }
      return give(Item(path: [], status: status))
    }
    if let last = pending {
      pending = nil
      if last.status.kind == .directory {
        try Self.at(last.path) { () throws(SystemError) in try enter(last.path) }
      }
    }
    while let level = levels.last {
      guard let name = level.names.last else {
        levels.removeLast()
        folder = nil
        continue
      }
      levels[levels.count - 1].names.removeLast()
      if folder == nil {
        do throws(SystemError) { folder = FileDescriptorBox(try open(level.path)) } catch {
          // None of the rest of it can be looked at either.
          levels.removeLast()
          throw Failure(path: level.path, cause: error)
        }
      }
      guard let folder else { return nil }
      let path = Self.join(level.path, name)
      let status: FileStatus
      do throws(SystemError) {
        status = try folder.file.status(of: name)
      } catch {
        // Gone since the folder was listed.
        guard error.isAbsent else { throw Failure(path: path, cause: error) }
        continue
      }
      return give(Item(path: path, status: status))
    }
    return nil
  }

  private static func at<Value>(
    _ path: [UInt8], _ body: () throws(SystemError) -> Value
  ) throws(Failure) -> Value {
    do throws(SystemError) { return try body() } catch { throw Failure(path: path, cause: error) }
  }

  /// What is in the folder that was given last is passed over.
  package func skip() { pending = nil }

  /// Opens a file of the tree by its path.
  package func open(_ path: [UInt8], _ flags: OpenFlags = [.directory]) throws(SystemError) -> FileDescriptor
  {
    try tree.open(path.isEmpty ? [UInt8(ascii: ".")] : path, flags, resolve: Self.plain)
  }

  package func readLink(_ path: [UInt8]) throws(SystemError) -> [UInt8] {
    let parts = path.split(separator: UInt8(ascii: "/"))
    let parent = Array(parts.dropLast().joined(separator: [UInt8(ascii: "/")]))
    return try open(parent).readLink(Array(parts.last ?? []))
  }

  private func give(_ item: Item) -> Item {
    pending = item
    return item
  }

  private func enter(_ path: [UInt8]) throws(SystemError) {
    let opened = FileDescriptorBox(try open(path))
    let names = try opened.file.entries(maximum: 1 << 21).map(\.name)
    levels.append(Level(path: path, names: names.sorted { $1.lexicographicallyPrecedes($0) }))
    folder = opened
  }

  private static func join(_ folder: [UInt8], _ name: [UInt8]) -> [UInt8] {
    folder.isEmpty ? name : folder + [UInt8(ascii: "/")] + name
  }
}
