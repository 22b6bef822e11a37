package import WherryLinux
import WherryModel
package import WherryWire

/// What stands for a plugin in a plugin folder.
package struct PluginFile: Sendable, Hashable {
  package var name: String
  package var path: String
  package var kind: PluginKind
  /// Another file in its place is another plugin.
  package var device: UInt64
  package var inode: UInt64
  package var changed: FileTime

  package init(
    name: String, path: String, kind: PluginKind, device: UInt64 = 0, inode: UInt64 = 0,
    changed: FileTime = FileTime(seconds: 0)
  ) {
    self.name = name
    self.path = path
    self.kind = kind
    self.device = device
    self.inode = inode
    self.changed = changed
  }

  /// Where `text` may be a plugin's name: as Docker's of volume drivers, without what would be a path or a tag. `local` is
  /// the device's own driver.
  package static func isName(_ text: String) -> Bool {
    func isWord(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }
    guard let first = text.utf8.first, isWord(first), text.utf8.count <= 64, text != "local" else {
      return false
    }
    return text.utf8.allSatisfy { isWord($0) || [0x2d, 0x2e, 0x5f].contains($0) }
  }
}
