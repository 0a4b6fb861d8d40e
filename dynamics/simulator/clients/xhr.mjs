// A client that was written for browsers asks by XMLHttpRequest: this is as much of it as one needs.
globalThis.XMLHttpRequest = class {
	#request = {};
	#headers = new Headers();
	#answered;
	open(method, url) {
		this.#request = { method, url };
	}
	setRequestHeader(name, value) {
		this.#headers.set(name, value);
	}
	getAllResponseHeaders() {
		return [...this.#answered].map(([name, value]) => `${name}: ${value}\r\n`).join("");
	}
	async send(body) {
		const answer = await fetch(this.#request.url, { method: this.#request.method, headers: this.#headers, body });
		this.#answered = answer.headers;
		this.status = answer.status;
		this.response = await answer.text();
		this.readyState = 4;
		this.onreadystatechange();
	}
};
