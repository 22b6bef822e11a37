/// File systems whose files the kernel makes up: their contents are no part of an archive.
enum KernelFileSystem {
  /// linux/magic.h: proc, sysfs, cgroup, cgroup2, devpts, mqueue, securityfs, debugfs, tracefs, bpf, selinuxfs,
  /// configfs, binfmt_misc, pstore, efivarfs.
  private static let types: Set<UInt64> = [
    0x9fa0, 0x6265_6572, 0x27_e0eb, 0x6367_7270, 0x1cd1, 0x1980_0202, 0x7363_6673, 0x6462_6720, 0x7472_6163,
    0xcafe_4a11, 0xf97c_ff8c, 0x6265_6570, 0x4249_4e4d, 0x6165_676c, 0xde5e_81e4,
  ]

  static func contains(_ folder: borrowing FileDescriptor) throws(SystemError) -> Bool {
    let type = try FileSystemUsage(of: "/proc/self/fd/\(folder.rawValue)").type
    return types.contains(type & 0xffff_ffff)
  }
}
