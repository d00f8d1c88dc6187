// What the softphone says, in Korean: states, troubles each with its remedy, and numbers as people read them.
"use strict";
const SOFTPHONE_WORDS = {
  line: {
    off: "꺼져 있습니다",
    connecting: "교환기에 연결하는 중입니다",
    ready: "전화를 받을 수 있습니다",
    lost: "교환기와 연결이 끊겼습니다. 다시 연결하는 중입니다",
    elsewhere: "다른 곳에서 쓰고 있습니다",
    refused: "교환기가 이 전화를 받아 주지 않았습니다",
    signed_out: "자리에서 나와 있습니다",
    unavailable: "화면 서버에서 전화 정보를 받지 못했습니다",
  },
  phase: { ringing: "전화가 왔습니다", dialling: "거는 중입니다", talking: "통화 중", held: "보류 중", parked: "상대가 보류했습니다", ended: "통화가 끝났습니다" },
  // [what, remedy, what the button does]
  trouble: {
    insecure: ["이 주소에서는 마이크를 쓸 수 없습니다.", "브라우저는 https로 시작하는 주소에서만 마이크를 내줍니다. 관리자에게 https 주소를 물어 그 주소로 여세요.", ""],
    unable: ["이 브라우저로는 통화할 수 없습니다.", "최신 크롬, 엣지, 웨일, 파이어폭스 가운데 하나로 여세요.", ""],
    NotAllowedError: ["마이크 사용이 막혀 있습니다.", "주소 왼쪽의 그림을 눌러 마이크를 ‘허용’으로 바꾼 다음, 아래 단추를 누르세요.", "다시 해 보기"],
    NotFoundError: ["마이크를 찾지 못했습니다.", "헤드셋을 꽂고 아래 단추를 누르세요. 꽂혀 있다면 뺐다가 다시 꽂아 보세요.", "다시 해 보기"],
    NotReadableError: ["마이크를 다른 프로그램이 쓰고 있습니다.", "화상회의 같은 프로그램을 닫고 아래 단추를 누르세요.", "다시 해 보기"],
    microphone: ["마이크를 쓰지 못했습니다.", "헤드셋을 확인하고 아래 단추를 누르세요.", "다시 해 보기"],
    lost: ["교환기와 연결이 끊겼습니다.", "통화 중이면 그대로 말씀하세요. 저절로 다시 연결합니다. 1분이 넘으면 네트워크를 확인하세요.", ""],
    elsewhere: ["이 전화를 다른 창이나 다른 컴퓨터에서 쓰고 있습니다.", "여기서 받으면 그쪽은 전화를 더 받지 않습니다. 그쪽에서 하던 통화는 끊어지지 않습니다.", "여기서 받기"],
    refused: ["교환기가 이 전화를 받아 주지 않았습니다.", "비밀이 새로 만들어졌을 수 있습니다. 다시 켜도 같으면 관리자에게 말씀하세요.", "다시 켜기"],
    signed_out: ["자리에서 나와 있습니다.", "화면에서 자리에 다시 들어온 다음 아래 단추를 누르세요.", "다시 켜기"],
    unavailable: ["화면 서버에서 전화 정보를 받지 못했습니다.", "잠시 뒤 아래 단추를 누르세요. 책상 전화는 그대로 됩니다.", "다시 켜기"],
    silent: ["벨 소리가 막혀 있습니다.", "이 창을 한 번 누르면 다음 전화부터 벨이 울립니다.", "소리 켜기"],
    unplugged: ["쓰던 마이크가 빠졌습니다.", "다른 마이크로 바꾸었습니다. 상대가 잘 듣는지 확인하세요.", ""],
    unplugged_all: ["쓰던 마이크가 빠졌습니다.", "상대가 듣지 못합니다. 헤드셋을 꽂고 아래 단추를 누르세요.", "다시 해 보기"],
  },
  cause: {
    Busy: "상대가 통화 중입니다", Rejected: "상대가 받지 않았습니다", "Not Found": "없는 번호입니다", Unavailable: "상대가 받지 못합니다",
    "No Answer": "상대가 받지 않았습니다", Canceled: "상대가 끊었거나 다른 전화에서 받았습니다", "Connection Error": "교환기와 연결이 끊겨 걸지 못했습니다",
    "RTP Timeout": "소리가 오지 않아 끊어졌습니다", "Authentication Error": "교환기가 이 전화를 받아 주지 않았습니다",
  },

  /** A number as people read it; what is none of ours stays as it came. */
  number(digits) {
    if (!/\d/.test(digits) || /^anonymous$/i.test(digits)) return "번호 표시 없음";
    if (/^02\d{7,8}$/.test(digits)) return digits.replace(/^(02)(\d+)(\d{4})$/, "$1-$2-$3");
    if (/^0\d{9,10}$/.test(digits)) return digits.replace(/^(0\d\d)(\d+)(\d{4})$/, "$1-$2-$3");
    return digits;
  },

  clock(since) {
    const seconds = Math.max(0, Math.floor((Date.now() - since) / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  },
};
