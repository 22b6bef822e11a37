import CWherryLinux

/// The two halves of a device's number, major(3) and minor(3), which are macros.
package enum DeviceNumber {
  package static func major(_ device: UInt64) -> UInt32 { wherry_major(device) }
  package static func minor(_ device: UInt64) -> UInt32 { wherry_minor(device) }
}
