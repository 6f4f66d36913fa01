package validate

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Program is a container that runs throughline, with its configuration and its environment.
type Program struct {
	Container     corev1.Container
	Configuration string
	Environment   []string
	// Grace is how long the kubelet waits from SIGTERM on.
	Grace time.Duration
	// Disk is the size of what is mounted where the queue is, in bytes; 0 for none.
	Disk int64
}

// Programs finds the containers that run throughline. secret is the value of each key of a Secret.
func Programs(overlay Overlay, secret map[string]string) ([]Program, error) {
	var programs []Program
	for _, pods := range podsOf(overlay) {
		for _, container := range pods.containers() {
			if !isProgram(container) {
				continue
			}
			configuration, err := mounted(overlay, pods, container, flag(container.Args, "--config"))
			if err != nil {
				return nil, err
			}
			program := Program{Container: container, Configuration: configuration, Grace: 30 * time.Second}
			if seconds := pods.spec.TerminationGracePeriodSeconds; seconds != nil {
				program.Grace = time.Duration(*seconds) * time.Second
			}
			for _, variable := range container.Env {
				value := variable.Value
				if from := variable.ValueFrom; from != nil && from.SecretKeyRef != nil {
					value = secret[from.SecretKeyRef.Key]
				}
				program.Environment = append(program.Environment, variable.Name+"="+value)
			}
			program.Disk = disk(pods, container, queue.FindString(configuration))
			programs = append(programs, program)
		}
	}
	return programs, nil
}

func flag(arguments []string, name string) string {
	for index, argument := range arguments[:max(len(arguments), 1)-1] {
		if argument == name {
			return arguments[index+1]
		}
	}
	return ""
}

// mounted reads a file of a container, which has to come from a ConfigMap.
func mounted(overlay Overlay, pods pods, container corev1.Container, file string) (string, error) {
	for _, mount := range container.VolumeMounts {
		for _, volume := range pods.spec.Volumes {
			if mount.MountPath != path.Dir(file) || volume.Name != mount.Name || volume.ConfigMap == nil {
				continue
			}
			files, _ := configMap(overlay, pods.namespace, volume.ConfigMap.Name)
			if text, found := files[path.Base(file)]; found {
				return text, nil
			}
		}
	}
	return "", fmt.Errorf("the file %q of %s comes from no ConfigMap", file, container.Name)
}

// disk is the size of the disk that a container has at the directory of its queue.
func disk(pods pods, container corev1.Container, directory string) int64 {
	for _, mount := range container.VolumeMounts {
		for _, claim := range pods.claims {
			if claim.Name == mount.Name && strings.Contains(directory, strconv.Quote(mount.MountPath)) {
				return claim.Spec.Resources.Requests.Storage().Value()
			}
		}
	}
	return 0
}

// Check runs `throughline check` with the environment of the container and nothing else. It
// returns the effective configuration.
func (p Program) Check(binary, folder string) (string, error) {
	command, err := p.command(binary, folder, p.Configuration, "check")
	if err != nil {
		return "", err
	}
	var complaint strings.Builder
	command.Stderr = &complaint
	effective, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, complaint.String())
	}
	return string(effective), nil
}

// Ends checks that the kubelet waits for as long as the program may take to end.
func (p Program) Ends(effective string) error {
	taken, err := sum(ending, effective)
	if err != nil {
		return err
	}
	if needed := programEnds + time.Duration(taken)*time.Millisecond; p.Grace < needed {
		return fmt.Errorf("%s has %v to end and may need %v", p.Container.Name, p.Grace, needed)
	}
	return nil
}

// Memory checks that what the program may hold fits into its memory limit twice, besides the
// index of its queue.
func (p Program) Memory(effective string) error {
	held, err := sum(holds, effective)
	if err != nil {
		return err
	}
	indexed, err := p.queued(effective)
	if err != nil {
		return err
	}
	indexed /= indexFraction
	if limit := p.Container.Resources.Limits.Memory().Value(); held == 0 || 2*held+indexed > limit {
		return fmt.Errorf("%s may hold %d bytes, and %d of an index, and its limit is %d", p.Container.Name, held, indexed, limit)
	}
	return nil
}

// Queue checks that a queue has a disk, and that the disk has room for all of it.
func (p Program) Queue(effective string) error {
	if !queue.MatchString(p.Configuration) {
		return nil
	}
	stored, err := sum(stores, effective)
	if err != nil {
		return err
	}
	if stored == 0 || stored > p.Disk {
		return fmt.Errorf("%s may store %d bytes, and its disk has %d", p.Container.Name, stored, p.Disk)
	}
	return nil
}

// Starts checks that the kubelet waits until the program has read its queue from a slow disk.
func (p Program) Starts(effective string) error {
	queued, err := p.queued(effective)
	probe := p.Container.StartupProbe
	if err != nil || probe == nil {
		return err
	}
	needed := programStarts + time.Duration(queued/diskBytesPerSecond)*time.Second
	waits := time.Duration(probe.InitialDelaySeconds+probe.PeriodSeconds*probe.FailureThreshold) * time.Second
	if waits < needed {
		return fmt.Errorf("%s has %v to start and may need %v", p.Container.Name, waits, needed)
	}
	return nil
}

// queued is how many bytes the queue may have; 0 without a queue.
func (p Program) queued(effective string) (int64, error) {
	if !queue.MatchString(p.Configuration) {
		return 0, nil
	}
	_, table, _ := strings.Cut(effective, "[queue]")
	table, _, _ = strings.Cut(table, "\n[")
	return sum(queued, table)
}

func sum(pattern *regexp.Regexp, effective string) (int64, error) {
	total := int64(0)
	for _, found := range pattern.FindAllStringSubmatch(effective, -1) {
		bytes, err := strconv.ParseInt(found[1], 10, 64)
		if err != nil {
			return 0, err
		}
		total += bytes
	}
	return total, nil
}

// Listens checks that the program listens where the container says that it does. A container
// without ports is for its own pod alone.
func (p Program) Listens() error {
	var wanted, found []string
	for _, port := range p.Container.Ports {
		wanted = append(wanted, fmt.Sprintf("0.0.0.0:%d", port.ContainerPort))
	}
	for _, address := range listen.FindAllStringSubmatch(p.Configuration, -1) {
		if len(p.Container.Ports) == 0 && address[1] == "127.0.0.1" {
			wanted = append(wanted, "127.0.0.1:"+address[2])
		}
		found = append(found, address[1]+":"+address[2])
	}
	if len(found) == 0 || !slices.Equal(found, wanted) {
		return fmt.Errorf("%s listens on %q, and its container has %q", p.Container.Name, found, wanted)
	}
	return nil
}

// Start runs the program on a free port of 127.0.0.1. It returns the base URL, and what ends it.
func (p Program) Start(binary, folder string) (string, func() error, error) {
	configuration := listen.ReplaceAllString(p.Configuration, `listen = "127.0.0.1:0"`)
	configuration = queue.ReplaceAllString(configuration, "directory = "+strconv.Quote(filepath.Join(folder, "queue")))
	command, err := p.command(binary, folder, configuration, "--config")
	if err != nil {
		return "", nil, err
	}
	log, err := command.StderrPipe()
	if err != nil {
		return "", nil, err
	}
	if err := command.Start(); err != nil {
		return "", nil, err
	}
	end := func() error {
		_ = command.Process.Signal(syscall.SIGTERM)
		// A second signal ends native.end_after_ms.
		_ = command.Process.Signal(syscall.SIGINT)
		return command.Wait()
	}
	var said strings.Builder
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if found := listening.FindString(lines.Text()); found != "" {
			go io.Copy(io.Discard, log)
			return found, end, nil
		}
		said.WriteString(lines.Text())
	}
	return "", nil, errors.Join(errors.New(said.String()), end())
}

func (p Program) command(binary, folder, configuration, argument string) (*exec.Cmd, error) {
	file := filepath.Join(folder, "throughline.toml")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		return nil, err
	}
	command := exec.Command(binary, argument, file)
	command.Env = p.Environment
	return command, nil
}

var (
	holds     = regexp.MustCompile(`(?m)^\s*(?:max_reading_bytes|max_in_flight_bytes) = (\d+)`)
	stores    = regexp.MustCompile(`(?m)^\s*(?:max_bytes|max_dead_letter_bytes) = (\d+)`)
	queued    = regexp.MustCompile(`(?m)^\s*max_bytes = (\d+)`)
	queue     = regexp.MustCompile(`directory = "[^"]*"`)
	listen    = regexp.MustCompile(`listen = "([^"]*):(\d+)"`)
	ending    = regexp.MustCompile(`(?m)^\s*end_after_ms = (\d+)`)
	listening = regexp.MustCompile(`http://[0-9.:]+`)
)

// programEnds is the time from native.end_after_ms to the program's end, of
// edge-worker/native/README.md.
const programEnds = 23 * time.Second

// programStarts is a generous time for all of a start but for reading the queue.
const programStarts = 30 * time.Second

// diskBytesPerSecond is the throughput of a slow disk, such as a gp3 volume without more.
const diskBytesPerSecond = 125_000_000

// indexFraction is the part of queue.max_bytes that the index of a queue may take in memory.
const indexFraction = 40
