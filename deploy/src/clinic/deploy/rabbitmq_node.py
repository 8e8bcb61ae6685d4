"""Where a private RabbitMQ node listens and what it reads: ports, configuration, environment."""

import os
from dataclasses import dataclass
from pathlib import Path

from clinic.deploy.ports import LOOPBACK, free_ports

SETTINGS = """\
vm_memory_high_watermark.absolute = 512MB
disk_free_limit.absolute = 100MB
collect_statistics_interval = 5000
management.load_definitions = {definitions}
"""
"""What every broker of the product has, in containers too."""

CONFIGURATION = f"""\
{SETTINGS}log.console = false
log.file.level = warning
management.tcp.ip = 127.0.0.1
management.tcp.port = {{management}}
"""
PLUGINS = "[rabbitmq_management].\n"
IDLE = "+sbwt none +sbwtdcpu none +sbwtdio none"
"""Erlang's schedulers sleep while there is nothing to do, instead of looking for work."""


@dataclass(frozen=True, slots=True)
class NodePorts:
    """The four ports of a node: AMQP, Erlang's distribution, epmd, management."""

    amqp: int
    distribution: int
    epmd: int
    management: int

    @classmethod
    def free(cls) -> "NodePorts":
        """Four ports that are free now."""
        return cls(*free_ports(4))


def node_environment(here: Path, node: str, ports: NodePorts, log: Path) -> dict[str, str]:
    """Everything that a node reads from its environment: no file or port of another broker is touched."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return kept | {
        "HOME": str(here),  # .erlang.cookie lies here
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_NODENAME": f"{node}@localhost",
        "RABBITMQ_USE_LONGNAME": "false",
        "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
        "RABBITMQ_NODE_PORT": str(ports.amqp),
        "RABBITMQ_DIST_PORT": str(ports.distribution),
        "ERL_EPMD_PORT": str(ports.epmd),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "RABBITMQ_MNESIA_BASE": str(here / "mnesia"),
        "RABBITMQ_LOG_BASE": str(here / "log"),
        "RABBITMQ_LOGS": str(log),
        "RABBITMQ_PID_FILE": str(here / "pid"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(here / "generated"),
        "RABBITMQ_PLUGINS_EXPAND_DIR": str(here / "plugins-expand"),
        "RABBITMQ_CONFIG_FILE": str(here / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(here / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(here / "enabled_plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel inet_dist_use_interface {{127,0,0,1}} {IDLE}",
    }
