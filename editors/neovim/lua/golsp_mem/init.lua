local M = {}

local function notify(text, level)
  vim.notify('golsp-mem: ' .. text, level or vim.log.levels.INFO)
end

--- Shows Markdown in a floating window; q closes it.
---@param title string
---@param markdown string
---@return integer buffer, integer window
function M.float(title, markdown)
  local lines = vim.split(markdown, '\n', { plain = true })
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].filetype = 'markdown'
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].bufhidden = 'wipe'
  local width = math.max(20, math.min(90, vim.o.columns - 4))
  local height = math.max(3, math.min(#lines, math.floor(vim.o.lines * 0.7)))
  local window = vim.api.nvim_open_win(buffer, true, {
    relative = 'editor',
    width = width,
    height = height,
    row = math.max(0, math.floor((vim.o.lines - height) / 2) - 1),
    col = math.max(0, math.floor((vim.o.columns - width) / 2)),
    style = 'minimal',
    border = 'rounded',
    title = ' ' .. title .. ' ',
  })
  vim.wo[window].wrap = true
  vim.wo[window].linebreak = true
  -- Read, not edited: without the marks, code in its colours.
  vim.wo[window].conceallevel = 2
  vim.wo[window].concealcursor = 'nc'
  pcall(vim.treesitter.start, buffer, 'markdown')
  vim.keymap.set('n', 'q', '<cmd>close<cr>', { buffer = buffer, nowait = true })
  return buffer, window
end

local function show(err, result)
  if err then
    notify(err.message or tostring(err), vim.log.levels.ERROR)
  elseif result and result ~= vim.NIL then
    M.float(result.topic, result.markdown)
  end
end

local function run(client, buffer, command, arguments, handler)
  client:request('workspace/executeCommand', {
    command = command,
    arguments = arguments,
  }, handler, buffer)
end

--- Explains a topic, a code, or the place under the cursor.
function M.explain(client, buffer, subject)
  local arguments
  if subject and subject ~= '' then
    arguments = { subject }
  else
    local place = vim.lsp.util.make_position_params(0, client.offset_encoding)
    arguments = { { uri = place.textDocument.uri, position = place.position } }
  end
  run(client, buffer, 'golsp-mem.explain', arguments, show)
end

local function counted(number, noun)
  return ('%d %s%s'):format(number, noun, number == 1 and '' or 's')
end

--- Runs a command that the server put into a lens or an action.
function M.run_command(command, context)
  local client = vim.lsp.get_client_by_id(context.client_id)
  if client and command.command == 'golsp-mem.turnOff' then
    M.off(client, context.bufnr, command.arguments[1].code)
  elseif client then
    run(client, context.bufnr, command.command, command.arguments, show)
  end
end

--- Analyses every package of every folder and says what came of it.
function M.workspace(client, buffer)
  run(client, buffer, 'golsp-mem.analyseWorkspace', {}, function(err, result)
    if err then
      return show(err)
    end
    if result.cancelled then
      return notify('cancelled')
    end
    local found = ('%s in %s'):format(
      counted(result.findings, 'finding'),
      counted(result.packages, 'package')
    )
    local failed = result.failed or {}
    if #failed == 0 then
      return notify(found)
    end
    local lines = { result.packages > 0 and found or 'nothing was looked at' }
    for index = 1, math.min(#failed, 5) do
      table.insert(lines, ('not looked at: %s: %s'):format(failed[index].package, failed[index].error))
    end
    if #failed > 5 then
      table.insert(lines, ('and %d more'):format(#failed - 5))
    end
    notify(table.concat(lines, '\n'), vim.log.levels.WARN)
  end)
end

local SEVERITY = { hint = 'N', information = 'I', warning = 'W', error = 'E' }

local function item(finding, client)
  -- Through the client's own conversion: its columns may not be bytes.
  local place = { uri = finding.uri, range = finding.range }
  local made = vim.lsp.util.locations_to_items({ place }, client.offset_encoding)[1]
  made.text = ('%s [%s] %s'):format(finding.message, finding.code, finding['function'])
  made.type = SEVERITY[finding.severity]
  return made
end

local function fill(title, items)
  vim.fn.setqflist({}, ' ', { title = title, items = items })
  if #items == 0 then
    notify('no findings')
  else
    vim.cmd('botright copen')
  end
end

--- Fills the quickfix list with the findings of all analysed packages, worst first.
---@param done? fun(count: integer)
function M.findings(client, buffer, done)
  run(client, buffer, 'golsp-mem.findings', {}, function(err, result)
    if err then
      return show(err)
    end
    local items = vim.tbl_map(function(finding)
      return item(finding, client)
    end, result.findings)
    fill('golsp-mem', items)
    if done then
      done(#items)
    end
  end)
end

--- Fills the quickfix list with one group for each cause, those of most places first.
---@param done? fun(count: integer)
function M.causes(client, buffer, done)
  run(client, buffer, 'golsp-mem.findings', {}, function(err, result)
    if err then
      return show(err)
    end
    local groups, order = {}, {}
    for _, finding in ipairs(result.findings) do
      if not groups[finding.cause] then
        groups[finding.cause] = {}
        table.insert(order, { cause = finding.cause, first = #order })
      end
      table.insert(groups[finding.cause], item(finding, client))
    end
    table.sort(order, function(one, other)
      local a, b = #groups[one.cause], #groups[other.cause]
      if a == b then
        return one.first < other.first
      end
      return a > b
    end)
    local items = {}
    for _, one in ipairs(order) do
      local places = groups[one.cause]
      -- Not an error of a file: the list shows it as a heading, and :cnext passes over it.
      table.insert(items, { text = ('%s: %s'):format(one.cause, counted(#places, 'place')), valid = 0 })
      vim.list_extend(items, places)
    end
    fill('golsp-mem causes', items)
    if done then
      done(#order)
    end
  end)
end

local function switch(command, words)
  return function(client, buffer, code)
    run(client, buffer, command, { { code = code, uri = vim.uri_from_bufnr(buffer) } }, function(err, result)
      if err then
        return show(err)
      end
      if result and result ~= vim.NIL then
        notify(words:format(result.code, vim.fn.fnamemodify(result.file, ':~:.'), result.code))
      end
    end)
  end
end

--- Turns a code off in the workspace's golsp-mem.toml.
M.off = switch('golsp-mem.turnOff', '%s is off in %s; :GolspMem on %s brings it back')
--- Turns a code on again.
M.on = switch('golsp-mem.turnOn', '%s is on again in %s')

--- Goes to the next (1) or previous (-1) finding of the buffer.
function M.jump(client, count)
  vim.diagnostic.jump({
    count = count,
    namespace = {
      vim.lsp.diagnostic.get_namespace(client.id, false),
      vim.lsp.diagnostic.get_namespace(client.id, true),
    },
  })
end

--- Shows all findings of the workspace on one page.
function M.report(client, buffer)
  run(client, buffer, 'golsp-mem.report', {}, show)
end

-- The command line of the program that serves this client; nil when a function starts it.
local function program(client)
  local cmd = client.config.cmd
  if type(cmd) ~= 'table' then
    return nil
  end
  return vim.tbl_filter(function(word)
    return word ~= 'serve'
  end, cmd)
end

--- Writes the workspace's report as one HTML page and opens it as the system opens such files.
function M.html(client)
  local command = program(client)
  if not command then
    return notify('cmd is a function; the program is not known', vim.log.levels.WARN)
  end
  local page = vim.fn.tempname() .. '.html'
  vim.list_extend(command, { 'report', '--quiet', '-C', client.root_dir or vim.fn.getcwd(), '-o', page })
  local settings = vim.tbl_get(client, 'config', 'settings', 'golsp-mem') or {}
  if settings.goPath then
    vim.list_extend(command, { '--go', settings.goPath })
  end
  notify('writing the report')
  local started, problem = pcall(vim.system, command, { text = true }, vim.schedule_wrap(function(done)
    -- 3: what does not build is not in it.
    if done.code ~= 0 and done.code ~= 3 then
      return notify('no report: ' .. vim.trim(done.stderr or ''), vim.log.levels.ERROR)
    end
    local _, failed = vim.ui.open(page)
    notify(failed and (page .. ' cannot be opened: ' .. failed) or ('the report is ' .. page))
  end))
  if not started then
    notify('no report: ' .. problem, vim.log.levels.ERROR)
  end
end

--- Hides or shows golsp-mem's diagnostics in a buffer; other servers' stay as they are.
function M.toggle(client, buffer)
  -- The server pushes or lets the client pull, each in a namespace of its own: one state for both.
  local filters = vim.tbl_map(function(pull)
    return { bufnr = buffer, ns_id = vim.lsp.diagnostic.get_namespace(client.id, pull) }
  end, { false, true })
  local shown = not vim.diagnostic.is_enabled(filters[1])
  for _, filter in ipairs(filters) do
    vim.diagnostic.enable(shown, filter)
  end
  notify('findings ' .. (shown and 'shown' or 'hidden'))
end

--- Creates the buffer's commands.
function M.attach(buffer, client)
  local function command(name, action, options)
    vim.api.nvim_buf_create_user_command(buffer, name, action, options)
  end
  command('LspGolspMemExplain', function(arguments)
    M.explain(client, buffer, arguments.args)
  end, { nargs = '?', desc = 'Explain the memory of the place, a code or a topic' })
  command('LspGolspMemWorkspace', function()
    M.workspace(client, buffer)
  end, { desc = 'Analyse all packages of the workspace' })
  command('LspGolspMemToggle', function()
    M.toggle(client, buffer)
  end, { desc = "Hide or show golsp-mem's findings in this buffer" })
end

local told_missing = false

--- Says once that the program of the server is not there, and how to get it.
function M.tell_missing()
  local cmd = vim.lsp.config.golsp_mem and vim.lsp.config.golsp_mem.cmd
  local name = type(cmd) == 'table' and cmd[1] or nil
  if not name or told_missing or vim.fn.executable(name) == 1 then
    return
  end
  told_missing = true
  notify(name .. ' is not executable, so nothing is shown; :help golsp_mem-setup', vim.log.levels.WARN)
end

--- For a statusline, see golsp_mem.status.
function M.status(buffer)
  return require('golsp_mem.status').text(buffer)
end

local ACTIONS = {
  explain = function(client, buffer, words)
    M.explain(client, buffer, words[1])
  end,
  findings = function(client, buffer)
    M.findings(client, buffer)
  end,
  causes = function(client, buffer)
    M.causes(client, buffer)
  end,
  gutter = function()
    require('golsp_mem.gutter').toggle()
  end,
  html = M.html,
  next = function(client)
    M.jump(client, 1)
  end,
  off = function(client, buffer, words)
    M.off(client, buffer, words[1] or '')
  end,
  on = function(client, buffer, words)
    M.on(client, buffer, words[1] or '')
  end,
  previous = function(client)
    M.jump(client, -1)
  end,
  report = M.report,
  restart = function(client, buffer)
    run(client, buffer, 'golsp-mem.restartAnalysis', {}, function(err)
      if err then
        show(err)
      end
    end)
  end,
  toggle = M.toggle,
  workspace = M.workspace,
}

--- `:GolspMem {action} [{subject}]`; without one the float lists what there is.
function M.command(words)
  local name = words[1]
  if name == 'health' then
    return vim.cmd('checkhealth golsp_mem')
  end
  local action = ACTIONS[name]
  if not action then
    local names = vim.tbl_keys(ACTIONS)
    table.sort(names)
    return notify('one of: health, ' .. table.concat(names, ', '), vim.log.levels.WARN)
  end
  local client = vim.lsp.get_clients({ bufnr = 0, name = 'golsp_mem' })[1]
    or vim.lsp.get_clients({ name = 'golsp_mem' })[1]
  if not client then
    M.tell_missing()
    return notify('the server is not running here; see :checkhealth golsp_mem', vim.log.levels.WARN)
  end
  action(client, vim.api.nvim_get_current_buf(), vim.list_slice(words, 2))
end

local function codes()
  local names = {}
  for _, one in ipairs(vim.diagnostic.get(0)) do
    if one.source == 'golsp-mem' and one.code then
      names[one.code] = true
    end
  end
  return names
end

local function topics()
  local names = codes()
  for _, name in ipairs({ 'escape-analysis', 'garbage-collection', 'keepalive', 'memory-block',
    'size-classes', 'stack-and-heap', 'stack-growth' }) do
    names[name] = true
  end
  return vim.tbl_keys(names)
end

--- Completes the arguments of `:GolspMem`.
function M.complete(lead, line)
  local choices = vim.list_extend(vim.tbl_keys(ACTIONS), { 'health' })
  if line:match('^%s*%S+%s+explain%s') then
    choices = topics()
  elseif line:match('^%s*%S+%s+off%s') then
    choices = vim.tbl_keys(codes())
  elseif line:match('^%s*%S+%s+%S+%s') then
    return {}
  end
  choices = vim.tbl_filter(function(choice)
    return vim.startswith(choice, lead)
  end, choices)
  table.sort(choices)
  return choices
end

return M
