import Glibc

/// What of a tree goes into its archive, and how.
package struct ArchiveRules: Sendable, Equatable {
  static let whiteoutPrefix = Array(".wh.".utf8)
  /// As many as the worker takes.
  static let maximumLayerBytes: Int64 = 64 << 30
  static let opaque = Array(".wh..wh..opq".utf8)

  /// The tree is the upper folder of an overlay, the archive a layer of an image (image-spec layer.md): what overlay
  /// hides of the layers below becomes whiteouts, and the `user.` attributes of files and folders are kept.
  package var isLayer: Bool
  /// Paths, without a slash in front, that are left out of a layer where they are empty files or folders: a runtime
  /// made them to mount on.
  package var placeholders: Set<[UInt8]>
  /// Of the namespace whose owners the archive is to name, where the tree has the device's.
  package var owners: IDMap?

  package init(isLayer: Bool = false, placeholders: Set<[UInt8]> = [], owners: IDMap? = nil) {
    self.owners = owners
    self.isLayer = isLayer
    self.placeholders = placeholders
  }

  /// An empty file that speaks of the folder `prefix` it stands in.
  static func marker(_ name: [UInt8], in prefix: [UInt8]) -> [UInt8] {
    TarWriter.header(TarMember(path: prefix + name, kind: .regular, permissions: 0))
  }
}

/// The extended attributes that a layer has of a file: those a layer may bring back.
enum ArchivedAttributes {
  /// Of one file, names and values. What libarchive takes in a pax header is more.
  private static let maximumBytes = 256 << 10

  /// Throws E2BIG past the bound.
  static func read(_ file: borrowing FileDescriptor) throws(SystemError) -> [String: [UInt8]] {
    var attributes: [String: [UInt8]] = [:]
    var bytes = 0
    for name in try file.extendedAttributeNames() where isKept(name) {
      guard let value = try file.extendedAttribute(name) else { continue }
      bytes += name.utf8.count + value.count
      guard bytes <= maximumBytes else { throw SystemError(errno: E2BIG, "read attributes of", "a file") }
      attributes[name] = value
    }
    return attributes
  }

  /// A pax record ends the name at the first `=`.
  private static func isKept(_ name: String) -> Bool {
    if name == "security.capability" { return true }
    return name.hasPrefix("user.") && !name.hasPrefix("user.overlay.") && !name.contains("=")
  }
}
