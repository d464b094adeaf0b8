// What pages do better with JavaScript. All of it works without: this only saves steps.
// A page says what it wants by data attributes; texts come from the page, which knows the reader's language.

const one = (selector, root = document) => root.querySelector(selector)
const all = (selector, root = document) => [...root.querySelectorAll(selector)]
const byId = id => document.getElementById(id)

// The browser's time zone, for the server's next page.
const {timeZone} = Intl.DateTimeFormat().resolvedOptions()
if (timeZone && !`; ${document.cookie};`.includes(`; zone=${timeZone};`)) {
  const secure = location.protocol === 'https:' ? '; secure' : ''
  document.cookie = `zone=${timeZone}; path=/; max-age=31536000; samesite=lax${secure}`
}

// A form is sent once; on a page that comes back by the Back button it can be sent again.
addEventListener('submit', ({target, defaultPrevented}) => {
  if (target.method !== 'post' || defaultPrevented) return
  // After the form was read: a disabled button would not be sent.
  setTimeout(() => all('button', target).forEach(button => { button.disabled = true }))
})
addEventListener('pageshow', () => all('form button').forEach(button => { button.disabled = false }))

// Near its limit, a text is counted as the server does it: code points, bytes, a line end as one.
const NEAR = 200
const count = field => {
  const output = one('[data-counter]', field.form)
  if (!output) return
  const {limit, bytes} = field.dataset
  const characters = limit - [...field.value].length
  const octets = bytes - new TextEncoder().encode(field.value).length
  const [left, name] = characters < octets ? [characters, 'characters'] : [octets, 'bytes']
  output.hidden = left > NEAR
  output.textContent = output.hidden ? '' : `${output.dataset[name]} ${left}`
}
for (const field of all('textarea[data-limit]')) {
  field.addEventListener('input', () => count(field))
  field.addEventListener('keydown', event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      field.form.requestSubmit()
    }
  })
  count(field)
}

// Shortcuts of one key, unless they are switched off or somebody types.
const rows = () => all('.message, .list .name').filter(row => row.checkVisibility())
const focus = element => {
  if (!element) return
  if (!element.matches('a, textarea')) element.tabIndex = -1
  element.focus()
  element.scrollIntoView({block: 'nearest'})
}
const current = () => document.activeElement.closest('.message, .list .name')
const move = step => {
  const there = rows(), now = there.indexOf(current())
  focus(there[now < 0 ? (step > 0 ? 0 : there.length - 1) : now + step])
}
const pressed = {
  j: () => move(1),
  k: () => move(-1),
  o: () => { const row = current(); (row?.href ? row : row && one('.side a:last-child', row))?.click() },
  r: () => {
    const row = current()
    if (row?.id && news) location.assign(news.dataset.here.replace('#new', `?reply=${row.id.slice(2)}#composer`))
    else focus(one('textarea[data-limit]'))
  },
  n: () => focus(one('.is-new .name') ?? one('.unread + .message') ?? all('.message').at(-1)),
}
addEventListener('keydown', event => {
  if (!('shortcuts' in document.body.dataset) || event.defaultPrevented || event.isComposing) return
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (event.target.closest?.('input, textarea, select, [contenteditable]')) return
  const link = one(`[data-key="${CSS.escape(event.key)}"]`)
  const act = link ? () => link.click() : Object.hasOwn(pressed, event.key) && pressed[event.key]
  if (act) {
    event.preventDefault()
    act()
  }
})

// New messages.
const FASTEST = 5, SLOWEST = 60, SLOWER = 1.5 // seconds; and by how much longer to wait where nothing is new
const news = one('[data-since]')
const list = one('.messages[data-after]')

// Documents come by XMLHttpRequest, which reads them without a sink for strings of HTML.
const load = url => new Promise((resolve, reject) => {
  const request = new XMLHttpRequest()
  request.open('GET', url)
  request.responseType = 'document'
  request.onload = () => resolve(request)
  request.onerror = reject
  request.send()
})

class News {
  token = news.dataset.since
  tag = ''
  wait = FASTEST
  waiting = new Set() // ids of messages that the page doesn't show
  known = new Set()
  title = /^(?:\((\d+)(\+?)\) )?(.*)/.exec(document.title) // with the number that the page came with
  timer = 0
  busy = false
  showing = false

  begin() {
    this.later(FASTEST)
    addEventListener('visibilitychange', () => document.hidden ? clearTimeout(this.timer) : this.poll())
    addEventListener('pageshow', ({persisted}) => { if (persisted) this.poll() })
    addEventListener('scroll', () => { if (this.waiting.size && this.isAtEnd()) this.show() }, {passive: true})
    news.addEventListener('click', event => {
      if (!list || event.target.dataset.login) return
      event.preventDefault()
      this.show(true)
    })
  }

  later(seconds) {
    clearTimeout(this.timer)
    if (!document.hidden) this.timer = setTimeout(() => this.poll(), seconds * 1000)
  }

  async poll() {
    if (this.busy) return
    clearTimeout(this.timer)
    this.busy = true
    let pause
    try {
      pause = await this.ask()
    } catch {
      pause = this.slower() // the network is away
    }
    this.busy = false
    if (pause !== null) this.later(pause)
  }

  // Returns in how many seconds to ask again, or null for never.
  async ask() {
    const headers = this.tag ? {'If-None-Match': this.tag} : {}
    const response = await fetch(`/api/v1/sync?since=${this.token}`, {headers})
    if (response.status === 401) return this.end()
    if (response.status === 410) return this.tell(news.dataset.many.replace('{n} ', ''))
    if (!response.ok) return Math.max(this.slower(), Number(response.headers.get('Retry-After')))
    const body = await response.json()
    this.token = body.next
    this.tag = response.headers.get('ETag') ?? ''
    const isNew = await this.take(body)
    if (body.has_more) return 0
    if (!isNew) return this.slower()
    this.wait = FASTEST
    return Math.max(FASTEST, body.poll_after)
  }

  slower() {
    this.wait = Math.min(SLOWEST, this.wait * SLOWER)
    return this.wait
  }

  async take({changes, messages}) {
    const {peer, me, at} = news.dataset
    const sent = new Set()
    let isNew = false
    for (const {kind, message_id: id} of changes) {
      if (kind === 'sent') sent.add(id)
      else if (kind === 'removed') byId(`m-${id}`)?.remove()
      else if (kind === 'edited' || kind === 'redacted') await this.refresh(id)
    }
    for (const {id, sender, recipient, timestamp} of messages) {
      const isHere = !peer || peer === (sender === me ? recipient : sender)
      if (!sent.has(id) || this.known.has(id) || !isHere || byId(`m-${id}`)) continue
      this.known.add(id)
      // Without a place for it here, one's own isn't news, and neither is what the page may have shown.
      if (!list && (sender === me || Date.parse(timestamp) < Date.parse(at))) continue
      this.waiting.add(id)
      isNew = true
    }
    if (!this.waiting.size) return isNew
    if (list && this.isAtEnd()) await this.show()
    else this.tell()
    return isNew
  }

  isAtEnd() {
    return list && list.getBoundingClientRect().bottom <= innerHeight
  }

  tell(text, address = news.dataset.here) {
    const {one: single, many} = news.dataset, n = this.waiting.size
    const link = document.createElement('a')
    link.href = address
    link.textContent = text ?? (n === 1 ? single : many.replace('{n}', n))
    news.replaceChildren(link)
    this.count(n)
    return null
  }

  count(n) {
    const [, before, more = '', title] = this.title, all = Number(before ?? 0) + (more ? 0 : n)
    document.title = all ? `(${all}${more}) ${title}` : title
  }

  end() {
    this.tell(news.dataset.ended, `${news.dataset.login}?next=${encodeURIComponent(location.pathname + location.search)}`)
    news.firstChild.dataset.login = 'yes'
    return null
  }

  // Put the rows of new messages below the others; looking at them there marks them as read.
  async show(jump = false) {
    if (this.showing) return
    this.showing = true
    const stays = this.isAtEnd()
    const first = await this.append().catch(() => null)
    this.showing = false
    if (!first) return
    this.waiting.clear()
    news.replaceChildren()
    this.count(0)
    if (jump) focus(first)
    else if (stays) list.lastElementChild.scrollIntoView({block: 'end'})
  }

  // Returns the first new row, or nothing where none came.
  async append() {
    let first
    for (let more = true; more;) {
      const page = (await load(`${location.pathname}?after=${list.dataset.after}`)).response
      const from = one('.messages', page)
      for (const row of [...from.children]) {
        if (row.id ? byId(row.id) : all('.day', list).at(-1)?.textContent === row.textContent) continue
        list.append(row)
        if (row.id) first ??= row
      }
      more = !from.dataset.after
      list.dataset.after = from.dataset.after ?? one('[rel=next]', page).search.slice(7)
    }
    return first
  }

  // Show what became of a message: the page of what can be done with it has it as a row.
  async refresh(id) {
    const row = byId(`m-${id}`)
    if (!row) return
    const {response} = await load(`/message/${id}/actions`)
    const now = response?.getElementById(row.id)
    if (now) for (const part of ['.text', '.side']) one(part, row).replaceWith(one(part, now))
  }
}
if (news) new News().begin()
