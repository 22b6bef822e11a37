import Testing
import WherryLinux

@testable import WherryDoctor

/// What is read out of the kernel's files.
struct GatherTests {
  @Test func modulesAreNamedAsTheKernelNamesThem() {
    let text = """
      kernel/fs/overlayfs/overlay.ko: kernel/fs/x.ko
      kernel/net/netfilter/nft_masq.ko.xz:
      kernel/drivers/net/mac-vlan.ko
      """
    #expect(KernelFacts.modules(in: text) == ["overlay", "nft_masq", "mac_vlan"])
  }

  @Test func theMountThatHoldsAFolderIsTheNearestAndTheLast() {
    let mounts = MountInfo.parse(
      """
      1 0 179:2 / / rw - ext4 /dev/root rw
      2 1 0:30 / /var/lib rw - tmpfs a rw
      3 1 179:3 / /var/lib/wherry ro - ext4 /dev/mmcblk0p3 rw
      4 1 179:4 / /var/lib/wherry rw - f2fs /dev/mmcblk0p4 rw
      5 1 0:31 / /var/lib/wherry-other rw - tmpfs b rw

      """)
    #expect(DiskFacts.holder(of: "/var/lib/wherry", mounts)?.type == "f2fs")
    #expect(DiskFacts.holder(of: "/var/lib/wherry/layers", mounts)?.type == "f2fs")
    #expect(DiskFacts.holder(of: "/var/libs", mounts)?.type == "ext4")
    #expect(DiskFacts.holder(of: "/", mounts)?.id == 1)
  }
}
