/** Somebody at a browser: follows redirects, keeps cookies, and sends each form it meets with what it asks for. */
export class Person {
  readonly #cookies = new Map<string, string>()

  /** Opens an address and does what the pages ask until one asks for nothing more. */
  async visit(url: string): Promise<void> {
    let page = await this.#fetch(url)
    for (let steps = 0; steps < 12; steps++) {
      const location = page.headers.get('location')
      if (location) {
        page = await this.#fetch(new URL(location, page.url).href)
        continue
      }
      const html = await page.text()
      const [, action] = /<form[^>]* action="([^"]+)"/.exec(html) ?? []
      if (action === undefined) return
      const form = new URLSearchParams()
      for (const [tag] of html.matchAll(/<input[^>]*>/g)) {
        const [, name] = /name="([^"]+)"/.exec(tag) ?? []
        const [, value] = /value="([^"]*)"/.exec(tag) ?? []
        if (name) form.set(name, value ?? (name === 'login' ? 'ana' : 'any'))
      }
      page = await this.#fetch(new URL(action, page.url).href, { method: 'POST', body: form })
    }
    throw new Error(`Still asked for something at ${page.url}`)
  }

  async #fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return response
  }
}
