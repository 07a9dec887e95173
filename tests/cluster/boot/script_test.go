// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kubelet-bootstrap/tests/cluster/repo"
)

// Our script with the real program and busybox, in a folder that stands for the initramfs: for what takes no boot to see. Mounts and the
// host name are of namespaces that end with it.
const inAFolder = `
	mount -t tmpfs initramfs "$1"
	cd "$1"
	mkdir -p bin usr/sbin dev etc proc run sysroot
	mount --bind /dev dev
	cp "$BUSYBOX" bin/busybox
	cp "$PROGRAM" usr/sbin/kubelet-bootstrap
	cp "$SCRIPT" script
	chroot . /bin/busybox --install -s /bin
	mount -t tmpfs root sysroot
	mkdir -p sysroot/etc/kubernetes sysroot/var/lib sysroot/proc
	printf '%s' "$INI" >sysroot/etc/kubernetes/kubelet-bootstrap.ini
	echo worker >sysroot/etc/hostname
	(cd sysroot && eval "$SETUP")
	mount -t proc proc proc
	printf '%s\n' "$COMMAND_LINE" >cmdline
	mount --bind cmdline proc/cmdline
	status=0
	chroot . /bin/env -i PATH=/bin /bin/sh /script /sysroot echo NETWORK || status=$?
	echo "STATUS $status"
	find sysroot -name 'kubelet-client*' | sed 's/^sysroot/WRITTEN /'
` + rootFlags + "umount -R sysroot\n" // else a loop device whose file is in here would stay

// A root on a device, as it is mounted.
const rootFlags = "sed -n 's,^/dev/[^ ]* [^ ]*/sysroot [^ ]* ,ROOT ,p' /proc/self/mounts\n"

// Nobody answers there.
const closedINI = "[cluster]\nserver = https://127.0.0.1:1\nca-cert-hash = sha256:%064d\n" +
	"[bootstrap]\ntoken = abcdef.0123456789abcdef\n[limits]\ndeadline = 1s\n"

// script gives what our script says and leaves on a root that the commands have set up.
func script(t *testing.T, commandLine, setup string) string {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := repo.Binary()
	if err != nil {
		t.Fatal(err)
	}
	busybox, err := exec.LookPath("busybox")
	if err != nil || os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI must have busybox, and root: %v", err)
		}
		t.Skipf("this test needs busybox, and root: %v", err)
	}
	cmd := exec.Command("unshare", "--mount", "--uts", "--propagation", "private", "sh", "-euc", inAFolder, "sh", t.TempDir())
	cmd.Env = append(os.Environ(), "BUSYBOX="+busybox, "PROGRAM="+binary, "COMMAND_LINE="+commandLine, "SETUP="+setup,
		"SCRIPT="+filepath.Join(root, "initramfs", "kubelet-bootstrap-initramfs"), "INI="+fmt.Sprintf(closedINI, 0))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

func unit(folder, name string) string {
	return fmt.Sprintf("mkdir -p %[1]s && ln -s ../any.mount '%[1]s/%[2]s'\n", folder, name)
}

func TestNothingIsWrittenWhereTheBootedRootHasAMountOfItsOwn(t *testing.T) {
	const (
		wants  = "etc/systemd/system/local-fs.target.wants"
		vendor = "usr/lib/systemd/system/local-fs.target.requires"
		data   = "echo 'LABEL=data /data ext4 defaults 0 0' >etc/fstab\n"
	)
	at := func(certDir string) string {
		return "printf '[output]\\ncert-dir = %s\\n' " + certDir + " >>etc/kubernetes/kubelet-bootstrap.ini\n"
	}
	for name, c := range map[string]struct{ setup, point string }{
		"a line in fstab":                {"echo 'LABEL=var /var ext4 defaults 0 0' >etc/fstab", "/var"},
		"a line that nothing ends":       {"printf 'LABEL=var /var ext4 defaults 0 0' >etc/fstab", "/var"},
		"a fstab elsewhere":              {data + "mv etc/fstab var/; ln -s /var/fstab etc/\n" + at("/data/pki"), "/data"},
		"an absolute link to the mount":  {data + "ln -s /data/kubelet var/lib/kubelet", "/data"},
		"a relative link to the mount":   {data + "ln -s ../../data/kubelet var/lib/kubelet", "/data"},
		"a path with detours":            {data + at("/var/..//data/./pki"), "/data"},
		"lines that end as in DOS":       {data + at("/data") + "sed -i 's/$/\\r/' etc/kubernetes/*.ini", "/data"},
		"a byte order mark":              {data + at("/data") + "sed -i '/output/,$!d; 1,/output/s/^/\\xef\\xbb\\xbf/' etc/kubernetes/*.ini", "/data"},
		"a mount unit":                   {unit(wants, "var-lib.mount"), "/var/lib"},
		"a mount unit of the image":      {unit(vendor, "var.mount"), "/var"},
		"a mount unit with hyphens":      {unit(wants, `var-k8s\x2dpki\x2d1.mount`) + at("/var/k8s-pki-1/a"), "/var/k8s-pki-1"},
		"none: no mount":                 {"", ""},
		"none: one that is there":        {data + "mkdir data; mount -t tmpfs d data; mkdir data/kubelet; ln -s /data/kubelet var/lib", ""},
		"none: a mount somewhere else":   {data, ""},
		"none: a mount by hand":          {"echo 'LABEL=var /var ext4 noauto 0 0' >etc/fstab", ""},
		"none: a mount with such a name": {"echo 'LABEL=var /var/lib/kube ext4 defaults 0 0' >etc/fstab", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := script(t, "", c.setup)
			refused := strings.Contains(said, "file system of its own for "+c.point+",")
			if asked := strings.Contains(said, "127.0.0.1:1"); asked != (c.point == "") || refused == asked {
				t.Errorf("refused: %t, asked the server: %t\n%s", refused, asked, said)
			}
			if written := strings.Contains(said, "WRITTEN"); written != (c.point == "") {
				t.Errorf("written: %t\n%s", written, said)
			}
		})
	}
}

func TestAConfigurationThatIsALinkIsLookedForInTheRoot(t *testing.T) {
	t.Parallel()
	said := script(t, "", "mkdir -p usr/share; mv etc/kubernetes/kubelet-bootstrap.ini usr/share/\n"+
		"ln -s /usr/share/kubelet-bootstrap.ini etc/kubernetes/")
	if !strings.Contains(said, "127.0.0.1:1") {
		t.Errorf("the server was not asked:\n%s", said)
	}
}

func TestABootDoesNotWaitWhereNobodyHasConfiguredAnything(t *testing.T) {
	for name, c := range map[string]struct{ append, setup, said string }{
		"nothing":                    {"", "rm etc/kubernetes/*.ini", "STATUS 0\n"},
		"nothing, and it is fatal":   {"kubelet_bootstrap.fatal=1", "rm etc/kubernetes/*.ini", "cannot find a configuration"},
		"a bootstrap-kubelet.conf":   {"", "mv etc/kubernetes/*.ini etc/kubernetes/bootstrap-kubelet.conf", "bootstrap-kubelet.conf"},
		"a configuration that is no": {"", "echo '[nonsense]' >etc/kubernetes/kubelet-bootstrap.ini", "nonsense"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := script(t, c.append, c.setup)
			if !strings.Contains(said, c.said) || strings.HasPrefix(c.said, "STATUS") && said != c.said {
				t.Errorf("want %q, got:\n%s", c.said, said)
			}
		})
	}
}

func TestANameThatEveryMachineHasIsNone(t *testing.T) {
	const fallback = "mkdir -p ../run/systemd; echo fedora >../run/systemd/default-hostname; hostname fedora\n"
	for name, c := range map[string]struct {
		setup  string
		isName bool
	}{
		"what systemd falls back on":     {fallback + "rm etc/hostname", false},
		"the same, and somebody said so": {fallback + "echo fedora >etc/hostname", true},
		"one that DHCP has told":         {fallback + "rm etc/hostname; hostname worker-7", true},
		"localhost":                      {"echo localhost >etc/hostname", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := script(t, "", c.setup)
			if asked := strings.Contains(said, "127.0.0.1:1"); asked != c.isName || asked == strings.Contains(said, "cannot tell the node's name") {
				t.Errorf("the server was asked: %t, want %t\n%s", asked, c.isName, said)
			}
		})
	}
}

func TestATimeoutThatIsNoneIsSaidAndTheProgramRuns(t *testing.T) {
	for _, value := range []string{"", "soon", "5m"} {
		said := script(t, "kubelet_bootstrap.timeout="+value, "")
		if !strings.Contains(said, "no number of seconds") || !strings.Contains(said, "127.0.0.1:1") {
			t.Errorf("%q: it was not said, or the server not asked:\n%s", value, said)
		}
	}
}

// The script remounts what is there, whose own options it does not repeat.
func TestTheRootIsReadOnlyAgainWithTheFlagsThatItHad(t *testing.T) {
	const ( // the device is detached when it is unmounted
		image = "truncate -s 512M ../image; mkfs.%s -q ../image >/dev/null; device=$(losetup -f --show ../image); mount $device ../run\n"
		root  = "mount -o ro,nosuid,noatime%s $device ../sysroot; losetup -d $device\n" + rootFlags
	)
	for name, setup := range map[string]string{
		"ext4":  fmt.Sprintf(image, "ext4") + "cp -a . ../run; umount ../run\n" + fmt.Sprintf(root, ""),
		"xfs":   fmt.Sprintf(image, "xfs") + "cp -a . ../run; umount ../run\n" + fmt.Sprintf(root, ",noquota"),
		"btrfs": fmt.Sprintf(image, "btrfs") + "btrfs -q subvolume create ../run/a; cp -a . ../run/a; umount ../run\n" + fmt.Sprintf(root, ",subvol=a"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			Requires(t, "mkfs."+name, "losetup")
			said := script(t, "", setup)
			flags := regexp.MustCompile(`(?m)^ROOT .*$`).FindAllString(said, -1)
			if len(flags) != 2 || flags[0] != flags[1] || !strings.HasPrefix(flags[0], "ROOT ro,nosuid,noatime") {
				t.Errorf("before and after: %q", flags)
			}
			if !strings.Contains(said, "WRITTEN") || strings.Contains(said, "cannot make") {
				t.Errorf("nothing is written:\n%s", said)
			}
		})
	}
}
