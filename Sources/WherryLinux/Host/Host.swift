import CWherryLinux
import Glibc

/// Facts about this machine.
package struct Host: Sendable, Equatable {
  /// uname(2) release, such as 6.1.0-18-arm64.
  package var kernel: String
  package var machine: String
  package var hostname: String
  /// PRETTY_NAME of os-release(5).
  package var operatingSystem: String
  /// Bytes.
  package var memory: UInt64
  /// Those this process may run on.
  package var processors: Int

  package static func current() -> Host {
    var names = utsname()
    _ = uname(&names)
    return Host(
      kernel: text(of: names.release), machine: text(of: names.machine), hostname: text(of: names.nodename),
      operatingSystem: prettyName() ?? text(of: names.sysname),
      memory: wherry_memory(),
      processors: max(Int(wherry_cpu_count()), 1))
  }

  private static func text<Field>(of field: Field) -> String {
    withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  private static func prettyName() -> String? {
    for path in ["/etc/os-release", "/usr/lib/os-release"] {
      do {
        if let name = osRelease(try Files.readText(path, maximum: 64 << 10))["PRETTY_NAME"] { return name }
      } catch { continue }
    }
    return nil
  }

  /// os-release(5): KEY=value lines, the value perhaps quoted as in a shell.
  package static func osRelease(_ text: String) -> [String: String] {
    var fields: [String: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
      guard let equals = line.firstIndex(of: "=") else { continue }
      var value = line[line.index(after: equals)...]
      if let quote = value.first, quote == "\"" || quote == "'", value.count >= 2, value.last == quote {
        value = value.dropFirst().dropLast()
      }
      var plain = ""
      var escaped = false
      for character in value {
        if character == "\\", !escaped {
          escaped = true
        } else {
          plain.append(character)
          escaped = false
        }
      }
      fields[String(line[..<equals])] = plain
    }
    return fields
  }
}
