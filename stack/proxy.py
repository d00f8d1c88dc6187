"""The reverse proxy (nginx): one address for the pages and for the softphones' WebSocket.

Owns its configuration. What a softphone says goes through it straight to Asterisk, so a call stays up while
memo_service is down (docs/decisions/0020-reverse-proxy.md). It opens no file of ours and knows no session.
"""

import os
import pwd
from pathlib import Path

from stack.ports import HOST, Ports

# One process: a worker would outlive a killed master and keep the port (nginx 1.30).
# Nothing is buffered: a page's event stream must come line by line (WEB-01), and memo_service is near.
# Idle connections end before memo_service ends them (uvicorn: 5 s): a POST into a closed one would be a 502.
# A softphone looks after its registration every 20 s (softphone-line.js), so no WebSocket is quiet for long.
_CONFIG = """\
# Written at each start by charterline. Changes here are lost.
daemon off;
master_process off;
{user}pid "{folder}/nginx.pid";
error_log stderr warn;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  server_tokens off;
  charset utf-8;
  client_body_temp_path "{folder}/body";
  proxy_temp_path "{folder}/temp";
  fastcgi_temp_path "{folder}/temp";
  uwsgi_temp_path "{folder}/temp";
  scgi_temp_path "{folder}/temp";
  client_max_body_size 16m;
  upstream pages {{ server {host}:{pages}; keepalive 32; keepalive_timeout 4s; }}
  proxy_http_version 1.1;
  proxy_buffering off;
  proxy_set_header Host $http_host;
  # the office's own web server, which has the certificate, may stand before us here (docs/operations.md)
  set_real_ip_from {host};
  real_ip_header X-Forwarded-For;
  map $http_x_forwarded_proto $said_scheme {{ https https; default $scheme; }}
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Proto $said_scheme;
  proxy_set_header Connection "";
  server {{
    listen {host}:{proxy};
    error_page 502 504 @away;
    location / {{
      proxy_pass http://pages;
      proxy_read_timeout 1h;
    }}
    # figures are for whoever watches this machine, from it
    location = /metrics {{ return 404; }}
    # and this is the bridge's alone
    location /api/phone {{ return 404; }}
    # scripts and styles hold no secret, so packing them tells nothing of one
    location ~ ^/(assets|static)/ {{
      proxy_pass http://pages;
      gzip on;
      gzip_proxied any;
      gzip_min_length 1k;
      gzip_types text/css text/javascript application/javascript image/svg+xml;
    }}
    location = /ws {{
      proxy_pass http://{host}:{websocket}/ws;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
      proxy_connect_timeout 3s;
      proxy_read_timeout 75s;
      proxy_send_timeout 75s;
    }}
    location @away {{
      default_type text/html;
      add_header Cache-Control no-store always;
      add_header Retry-After 3 always;
      return 502 "{away}";
    }}
  }}
}}
"""
_AWAY = (
    "<!doctype html><html lang='ko'><meta charset='utf-8'><meta http-equiv='refresh' content='3'>"
    "<meta name='viewport' content='width=device-width'><title>잠시 쉬는 중 · 헌장전화</title>"
    "<h1>화면이 잠시 쉬고 있습니다</h1>"
    "<p>전화는 그대로 받고 걸 수 있습니다. 이 화면은 저절로 돌아옵니다.</p></html>"
)


def write_config(folder: Path, ports: Ports) -> Path:
    """Write the configuration below `folder` and return its path."""
    folder.mkdir(exist_ok=True)
    path = folder / "nginx.conf"
    path.write_text(config(folder, ports, _user()), encoding="utf-8")
    return path


def config(folder: Path, ports: Ports, user: str = "") -> str:
    """The configuration, with `folder` for nginx's own files; `user` is a line or empty."""
    return _CONFIG.format(
        folder=folder,
        host=HOST,
        proxy=ports.proxy.number,
        pages=ports.http.number,
        websocket=ports.asterisk_http.number,
        user=user,
        away=_AWAY,
    )


def _user() -> str:
    """As root, nginx would change to a user who cannot read our folders; else the line makes it complain."""
    return f"user {pwd.getpwuid(0).pw_name};\n" if os.geteuid() == 0 else ""
