/**
 * What the assistant says to what: one page of patterns, looked at in their order.
 *
 * In a reply, `$1` is what the pattern caught, with the persons turned round ("my cat" becomes "your cat").
 */

/** A pattern with the replies that take turns. */
export interface Pattern {
  when: RegExp;
  brief: readonly string[];
  /** What a detailed answer adds. */
  more?: readonly string[];
}

export const PATTERNS: readonly Pattern[] = [
  {
    when: /\bwhat (?:can|do) you do\b|\bwho are you\b|\bhelp\b/i,
    brief: ["I am a small assistant with a page of rules and no network. I listen, ask back, and know this session's project and issues."],
    more: [
      "Set a project or record an issue in the side panel and ask me about it. Switch to brief answers there, too. While I " +
        "write you can stop me.",
    ],
  },
  {
    when: /^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening)|howdy)\b/i,
    brief: ["Hello! What are you working on today?", "Hi there. What shall we look at?"],
    more: ["You can tell me about a project or an issue, or just think aloud; I will ask back where something is unclear."],
  },
  {
    when: /\b(?:bye|goodbye|see you|good night|gotta go|have to go)\b/i,
    brief: ["See you. Everything we said stays here.", "Good talking to you. Come back any time."],
  },
  {
    when: /\b(?:thanks|thank you|thx|cheers)\b/i,
    brief: ["You are welcome. What is next?", "Gladly. Is there anything left to sort out?"],
  },
  {
    when: /\b(?:offline|network|connection|reload|tunnel)\b/i,
    brief: ["Go on writing when the network is away: what you send waits here and goes out by itself when the host is back."],
    more: [
      "Your page runs the same rules as the host, so it knows at once what your message does. When the connection returns, " +
        "the page sends what is pending, with the same ids, and nothing arrives twice.",
    ],
  },
  {
    when: /\b(?:story|poem|joke)\b/i,
    brief: ["Two replicas walk into a bar. They agree on the order."],
    more: [
      "A third one arrives late, says nothing, reads the log from the top, and laughs at exactly the same place as the " +
        "others. The barman, who keeps the log, nods: same bytes, same joke.",
    ],
  },
  {
    when: /\b(?:bug|error|crash(?:es|ed)?|broken|fails?|failing|exception|stack ?trace)\b/i,
    brief: ["When did it last work, and what changed since?", "What is the smallest input that still shows it?"],
    more: [
      "I would first make it happen on purpose, then halve the input until only the cause is left. Write down what you " +
        "expected beside what you saw; the difference is often the answer. Record it as an issue in the side panel if it will " +
        "take longer than today.",
    ],
  },
  {
    when: /\b(?:test|tests|testing)\b/i,
    brief: ["Which result would make you believe that it works?", "Could that test fail at all? If not, it is not one yet."],
    more: [
      "Start with the case that worries you most, not with the easiest one. A test that fails for one reason only is worth " +
        "three that fail for many.",
    ],
  },
  {
    when: /\b(?:plan|deadline|roadmap|schedule|priorit(?:y|ies|ise|ize))\b/i,
    brief: ["What is the one thing that must be true at the end?", "Which part can you leave out without anybody missing it?"],
    more: [
      "I would list the steps, mark the one with the most doubt in it, and do that first: a plan is only as good as its least" +
        " certain step.",
    ],
  },
  {
    when: /\bi (?:feel|am feeling|'m feeling) (.+)/i,
    brief: ["What makes you feel $1?", "Since when do you feel $1?"],
    more: ["It may help to name what would have to be different for that to change, even if it is not in your hands."],
  },
  {
    when: /\bi (?:need|want|would like|'d like) (?:to )?(.+)/i,
    brief: ["What would it change if you could $1?", "What keeps you from it: to $1?"],
    more: ["Say what the first visible step towards it would be; we can take it from there."],
  },
  {
    when: /\bi (?:can't|cannot|can not) (.+)/i,
    brief: ["What happens when you try to $1?", "Who could $1, and what do they have that you lack?"],
  },
  {
    when: /\bi(?: am|'m) (.+)/i,
    brief: ["How long have you been $1?", "And how do you like being $1?"],
  },
  {
    when: /\bbecause (.+)/i,
    brief: ["Is that the only reason, that $1?", "If it were not so that $1, what would you do?"],
  },
  {
    when: /^(?:why|how come)\b/i,
    brief: ["What is your own best guess?", "Good question. What would an answer let you do?"],
    more: [
      "I keep no knowledge of the world in my page of rules, but I can help to take the question apart: what do you know, " +
        "what do you assume, and which of the two is cheaper to check?",
    ],
  },
  {
    when: /\?\s*$/,
    brief: ["What do you think yourself?", "What would a good answer have to say?", "Which answer would surprise you?"],
    more: ["If you tell me what you have tried so far, we can go through it step by step."],
  },
  {
    when: /\b(?:yes|yeah|yep|sure|right|exactly|ok|okay)\b/i,
    brief: ["Good. And then?", "Fine. What follows from that?"],
  },
  {
    when: /^\W*(?:no|nope|not really|never)\b/i,
    brief: ["What would have to be different?", "Fair enough. What then?"],
  },
];

/** When no pattern fits. */
export const OTHERWISE: Pattern = {
  when: /(?:)/,
  brief: ["Tell me more about that.", "What matters most about it?", "And what would you like to happen next?"],
  more: ["I am asking because the part that is easy to say is seldom the part that decides. Take an example, if you have one."],
};

/** How persons turn round when words are given back. */
export const REFLECTIONS: Readonly<Record<string, string>> = {
  i: "you",
  "i'm": "you are",
  "i've": "you have",
  "i'll": "you will",
  "i'd": "you would",
  me: "you",
  my: "your",
  mine: "yours",
  myself: "yourself",
  am: "are",
  was: "were",
  you: "I",
  "you're": "I am",
  your: "my",
  yours: "mine",
  yourself: "myself",
};
